"""Collections of MongoDB: by their change stream where the server has one, else by a watermark, else as a whole."""

from dataclasses import replace
from typing import Any, Self

from pydantic import Field, model_validator

from kintsugi.errors import ConfigurationError
from kintsugi.sources.kind import Kind, Opening
from kintsugi.sources.port import Source
from kintsugi.sources.registry import require_credentials
from kintsugi.sources.tabular.options import RowOptions, require_watermark
from kintsugi.stores.place import mongo_place


class MongoOptions(RowOptions):
    """Which collection, and how its documents become documents.

    Attributes:
        uri: ``mongodb://host:port`` without a login; else the connection's address.
        database: else the connection's schema.
        collection: its name.
        key: the field that documents are known by. Change streams tell of ``_id`` alone: with another key the
            collection is read by its watermark.
        filter: which documents are wanted, in MongoDB's query language.
        changes: false reads no change stream.
        idle_seconds: a stream without a change for so long counts as drained.
        longest_seconds: a run takes changes for so long at most; what is left comes with the next one.
    """

    uri: str = ""
    database: str = ""
    collection: str = Field(min_length=1)
    key: str = Field(default="_id", min_length=1)
    filter: dict[str, Any] = {}
    changes: bool = True
    idle_seconds: float = Field(default=1.0, gt=0, le=60)
    longest_seconds: float = Field(default=600.0, gt=0)

    @model_validator(mode="after")
    def _without_login(self) -> Self:
        if self.uri:
            mongo_place(self.uri, None)
        return self


def _open(opening: Opening) -> Source:
    from kintsugi.sources.changes.client import address_of, client_of, place_of
    from kintsugi.sources.changes.collection import ID, CollectionRows
    from kintsugi.sources.changes.names import name_of
    from kintsugi.sources.changes.source import FollowedCollection
    from kintsugi.sources.tabular.growing import GrowingRows
    from kintsugi.sources.tabular.source import RowSource

    options: MongoOptions = opening.options
    config = opening.config
    require_watermark(opening, options)
    found = require_credentials(opening) if config.connection or not options.uri else None
    address = address_of(config.name, options.uri, found)
    reader = CollectionRows(
        config.name,
        lambda: client_of(config.name, address, found),
        _database(opening, options),
        options.collection,
        key=options.key,
        watermark=options.watermark,
        filter=options.filter,
        place=place_of(address),
    )
    made = replace(
        options.items(
            what=reader.what,
            label=reader.label,
            locator=reader.locator,
            labels=config.labels,
            key=(options.key,),
            max_bytes=opening.max_bytes,
        ),
        name_of=name_of,
    )
    scan: dict[str, Any] = {
        "clock": opening.clock,
        "overlap": options.overlap_seconds,
        "full_every": options.full_every,
    }
    if config.partition == "all" and options.changes and options.key == ID:
        return FollowedCollection(
            config.name,
            reader,
            made,
            watermark=options.watermark,
            idle=options.idle_seconds,
            longest=options.longest_seconds,
            **scan,
        )
    if config.partition == "all" and options.watermark:
        return GrowingRows(config.name, reader, made, watermark=options.watermark, **scan)
    return RowSource(
        config.name,
        reader,
        made,
        every=config.partition,
        watermark=options.watermark,
        settle=options.overlap_seconds,
    )


def _database(opening: Opening, options: MongoOptions) -> str:
    name = options.database or (opening.credentials.schema if opening.credentials else "")
    if not name:
        raise ConfigurationError(
            f"source {opening.config.name}: no database",
            expected="database in the source's options, or the connection's schema",
            next_step="set one of them",
        )
    return name


KIND = Kind(options=MongoOptions, partitions=("all", "hour", "day"), open=_open, rows=True)
