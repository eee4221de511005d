"""The sources as a person wants to see them: how fresh, how much, what was refused, which runs, and what is wrong.

A look reads counts that an index answers and a bounded number of records for each source, whatever there is of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kintsugi.contracts.lags import learned
from kintsugi.errors import ConfigurationError
from kintsugi.observe.freshness import Freshness, freshness
from kintsugi.platform import Platform
from kintsugi.records import (
    CellFigures,
    Chunk,
    Document,
    Partition,
    PartitionProfile,
    Quarantined,
    RunRef,
    SourceSchema,
)
from kintsugi.settings import Settings
from kintsugi.sources.config import SourceConfig, load_sources
from kintsugi.sources.partitions import key_at
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import OneOf

PARTITIONS = 48
"""The newest partitions of a source that are shown."""

TROUBLES = 3
EXAMPLES = 3
RUNS = 5
SAMPLE = 200
"""Partitions that are looked at for sources that stand in no file."""

_STEPS = {"hour": 3600.0, "day": 86400.0}


@dataclass(frozen=True)
class FileError:
    """What is wrong in ``sources.yaml``; ``what`` names the file and the line."""

    what: str
    expected: str
    got: str
    next_step: str


@dataclass(frozen=True)
class LastRun:
    """What a run did to a partition, and when it last said so (store time)."""

    run: RunRef
    partition: str
    state: str
    at: float


@dataclass(frozen=True)
class Trouble:
    """A partition that is missing or held back, with the error; that says what to do."""

    partition: str
    state: str
    error_class: str
    error: str
    run: RunRef
    at: float


@dataclass(frozen=True)
class SourceSeen:
    """A source with what it brought.

    Attributes:
        registered: whether it stands in ``sources.yaml`` and can be used; else ``kind`` … ``owner`` are empty.
        connection: the name of the Airflow connection that it logs in with; never what that holds.
        refused: items that are held in quarantine.
        gaps: partitions whose last run failed.
        held: partitions that were held back.
        partitions: the newest ones, in the order of their keys.
        runs: those that last changed a partition, the newest first.
        waits_for_names: columns that changed wait for somebody to agree.
        cells: wrong cells of the newest partitions that were looked at; ``None`` where none was.
    """

    source: str
    registered: bool
    enabled: bool
    kind: str
    about: str
    schedule: str
    every: str
    connection: str
    owner: str
    documents: int
    chunks: int
    freshness: Freshness
    refused: int
    gaps: int
    held: int
    troubles: tuple[Trouble, ...]
    partitions: tuple[Partition, ...]
    runs: tuple[LastRun, ...]
    waits_for_names: bool
    cells: CellFigures | None = None

    @property
    def last(self) -> Partition | None:
        """The partition with the highest key of those shown."""
        return self.partitions[-1] if self.partitions else None


@dataclass(frozen=True)
class SourcesView:
    """Everything on the page *Sources*; ``at`` is the store time it was read at."""

    at: float
    errors: tuple[FileError, ...]
    sources: tuple[SourceSeen, ...]


def sources_view(platform: Platform) -> SourcesView:
    """Read the view: sources in the file's order, then those that only the records know.

    Raises:
        StoreUnavailable: the records can't be read now.
    """
    records = platform.records
    now = records.now()
    configs, errors = _file(platform.settings)
    seen = {each.source for each in records.latest(Partition, "changed_at", limit=SAMPLE)}
    names = (*configs, *sorted(seen - set(configs)))
    return SourcesView(now, errors, tuple(_seen(records, name, configs.get(name), now) for name in names))


def _file(settings: Settings) -> tuple[Mapping[str, SourceConfig], tuple[FileError, ...]]:
    try:
        file = load_sources(settings)
    except ConfigurationError as error:
        return {}, (_file_error(error),)
    return file.sources, tuple(_file_error(error) for error in file.errors)


def _file_error(error: ConfigurationError) -> FileError:
    return FileError(error.what, error.expected, error.got, error.next_step)


def _seen(records: RecordStore, name: str, config: SourceConfig | None, now: float) -> SourceSeen:
    changed = records.latest(Partition, "changed_at", {"source": name}, limit=PARTITIONS)
    newest = _newest(records, name, config, now) or sorted(changed, key=lambda each: each.key)
    wrong = records.latest(
        Partition, "changed_at", {"source": name, "state": OneOf(("failed", "held"))}, limit=TROUBLES
    )
    schema = records.get(SourceSchema, name)
    return SourceSeen(
        source=name,
        registered=config is not None,
        enabled=config.enabled if config else False,
        kind=config.kind if config else "",
        about=config.about if config else "",
        schedule=config.schedule if config else "",
        every=config.partition if config else "",
        connection=config.connection if config else "",
        owner=config.owner if config else "",
        documents=records.count(Document, {"source": name, "deleted_at": None}),
        chunks=records.count(Chunk, {"source": name, "live": True}),
        freshness=freshness(config, (*changed, *newest), now, lambda key: learned(records, name, key)),
        refused=records.count(Quarantined, {"source": name, "state": "held"}),
        gaps=records.count(Partition, {"source": name, "state": "failed"}),
        held=records.count(Partition, {"source": name, "state": "held"}),
        troubles=tuple(Trouble(e.key, e.state, e.error_class, e.error, e.run, e.changed_at) for e in wrong),
        partitions=tuple(newest[-PARTITIONS:]),
        runs=tuple(LastRun(each.run, each.key, each.state, each.changed_at) for each in changed[:RUNS]),
        waits_for_names=schema is not None and schema.proposal is not None,
        cells=_cells(records, name),
    )


def _cells(records: RecordStore, name: str) -> CellFigures | None:
    """Return the wrong cells of a source's newest partitions in one figure, with a few of the newest as examples."""
    newest = records.latest(PartitionProfile, "at", {"source": name}, limit=PARTITIONS)
    judged = [each.figures.cells for each in newest if each.figures.cells is not None]
    if not judged:
        return None
    return CellFigures(
        rows=sum(each.rows for each in judged),
        cells=sum(each.cells for each in judged),
        refused=sum(each.refused for each in judged),
        examples=tuple(cell for each in judged for cell in each.examples)[:EXAMPLES],
    )


def _newest(records: RecordStore, name: str, config: SourceConfig | None, now: float) -> list[Partition]:
    """Return the partitions of the last hours or days by their keys: a backfill of old ones does not hide them."""
    step = _STEPS.get(config.partition) if config else None
    if config is None or step is None:
        return []
    first = Partition.key_of(name, key_at(config.partition, now - (PARTITIONS + 1) * step))
    return list(records.scan(Partition, {"source": name}, after=first, limit=2 * PARTITIONS))
