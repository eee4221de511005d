"""Stage 1: what is new or changed in the source becomes shards; what can't be read goes to quarantine."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import structlog

from kintsugi.airflow_rest import AirflowClient
from kintsugi.contracts.profile import hold_to_baseline
from kintsugi.contracts.schema import Held, hold_to_schema
from kintsugi.documents.chunk import pipeline_of
from kintsugi.documents.confined import ConfinedParser
from kintsugi.documents.identity import digest, document_id
from kintsugi.documents.intake.cells import CELL, CellContract
from kintsugi.documents.intake.claim import claim, claim_for_items, recorded, same_run
from kintsugi.documents.intake.outcome import Fetched
from kintsugi.documents.intake.refuse import ROW_MARK, quarantined, settle_current, store_refusals
from kintsugi.documents.intake.screening import SENSITIVE, Screen, labels_of
from kintsugi.documents.intake.seen import Seen
from kintsugi.documents.intake.staging import Header, Shards, open_folder, write_columns, write_unlisted
from kintsugi.documents.parsed import Parsed
from kintsugi.errors import AGAIN, ConflictError, DataError, DriftError
from kintsugi.platform import Platform
from kintsugi.records import Document, Partition, Quarantined, RunRef
from kintsugi.sources.port import GivesSingleItems, Incremental, ItemVanished, PartlyListed, RawItem, Source
from kintsugi.sources.registry import entry_digest_of, open_source

_PAGE = 200
_DAMAGE = ("encoding", "encoding-damage")
"""Checks that refuse what was decoded wrongly, or can't be decoded."""


def fetch(
    platform: Platform,
    source: str | Source,
    partition: str,
    run: RunRef,
    *,
    airflow: AirflowClient | None = None,
    only: Collection[str] = (),
    accept: Collection[str] = (),
) -> Fetched:
    """Claim the partition and stage what is new or changed in it.

    An item whose digest, pipeline, labels, metadata and policy are as stored is skipped without being parsed. Of two
    items of one name in a complete listing, the first is taken and a different second one refused; of an incremental
    listing, the last is taken.

    Args:
        platform: the wired platform.
        source: a source's name, or a source.
        partition: key of the partition, e.g. ``all`` or ``2026-11-24T19``.
        run: who does it; it owns the partition until another run claims it.
        airflow: the client for source ``airflow``.
        only: external ids of the items to look at; nothing else of the partition is touched.
        accept: what a person has said is meant: ``volume`` for an unusual amount (``loss`` says it too), ``rates``
            for columns that are empty or repeated unusually often.

    Raises:
        SchemaDrift: the columns of a table are not those agreed on; the partition is held.
        VolumeDrift, RateDrift: it is out of line with those before it; the partition is held.
        ConflictError: a rule has agreed on other names of columns; the next try has them. With ``only``: another run
            is at work on the partition.
        SourceUnavailable: the source stopped answering; the partition is recorded as failed.
        TerminalError: the source can have no such partition.
        StaleEpochError: another run has claimed the partition.
    """
    opened = open_source(platform, source, airflow=airflow) if isinstance(source, str) else source
    opened.partition_ready(partition, platform.clock())  # for its refusal of a key that is none, before a claim on it
    claimed = (claim_for_items if only else claim)(platform.records, opened.name, partition, run)
    limits = platform.settings.ingest
    with (
        recorded(platform, opened.name, partition, run, claimed.epoch),
        ConfinedParser(limits.parse_seconds, limits.parse_memory_mb) as parser,
    ):
        held = Held() if only else hold_to_schema(platform, opened, partition, run)
        if held.renamed:
            opened = _reopened(platform, source, airflow)
        fetching = _Fetching(platform, opened, claimed, run, parser, held.columns, only=bool(only))
        cursor = claimed.cursor if claimed.terms == fetching.terms else ""
        try:
            for page in _pages(_listed(opened, claimed.key, cursor, only)):
                fetching.take(page)
        except DriftError as error:
            # what can't be read now may have been renamed since its columns were looked at
            if not only and hold_to_schema(platform, opened, partition, run).renamed:
                raise ConflictError(f"source {opened.name}: its columns changed", next_step=AGAIN) from error
            raise
        fetched = fetching.finished()
        if not only:
            hold_to_baseline(platform, opened, partition, fetching.figures, run, accept)
        return fetched


def _reopened(platform: Platform, source: str | Source, airflow: AirflowClient | None) -> Source:
    """Return the source under the names that a rule has just agreed on, where this process can open it by itself."""
    if isinstance(source, str):
        return open_source(platform, source, airflow=airflow)
    raise ConflictError(f"source {source.name}: its columns have new names from now on", next_step=AGAIN)


def _listed(source: Source, partition: str, cursor: str, only: Collection[str]) -> Iterator[RawItem]:
    if only and isinstance(source, GivesSingleItems):
        found = (source.item(partition, each) for each in only)
        return (each for each in found if each is not None)
    if only:
        return (each for each in source.items(partition) if each.external_id in only)
    if isinstance(source, Incremental):
        return source.items_after(partition, cursor)
    return source.items(partition)


class _Fetching:
    """One run of `fetch`: its files, its counts."""

    def __init__(
        self,
        platform: Platform,
        source: Source,
        claimed: Partition,
        run: RunRef,
        parser: ConfinedParser,
        columns: Sequence[str],
        *,
        only: bool,
    ) -> None:
        self._platform = platform
        self._source = source
        self._partition = claimed.key
        self._epoch = claimed.epoch
        self._run = run
        self._parser = parser
        header = Header(source.name, claimed.key, source.contract, claimed.epoch)
        self._folder = open_folder(platform.settings.staging_path, header)
        write_columns(self._folder, columns)
        self._shards = Shards(self._folder, platform.settings.ingest.shard_documents)
        self._seen = Seen(self._folder)
        self._only = only
        self._changes = isinstance(source, Incremental) and not only
        self._pipeline = pipeline_of(platform.settings)
        self._screen = Screen(platform, source.name)
        self._cells = CellContract(platform, source, claimed.key, self._folder, only=only)
        self.terms = digest("terms", self._pipeline, entry_digest_of(platform.settings, source.name))
        self._counts: Counter[str] = Counter()
        self._log = structlog.get_logger().bind(source=source.name, partition=claimed.key, run=str(run))

    def take(self, page: list[RawItem]) -> None:
        """Stage, skip or refuse each item of a page."""
        ids = {item.external_id: document_id(self._source.name, item.external_id) for item in page}
        known = self._platform.records.get_many(Document, ids.values())
        refusals: list[Quarantined] = []
        current: dict[str, Document] = {}
        for item in page:
            identity = ids[item.external_id]
            number = 0
            if self._changes:
                number = self._seen.latest(identity, gone=item.deleted)
                current.pop(identity, None)
            if item.deleted:
                continue
            again = not self._changes and not self._seen.first(identity)
            try:
                taken = (
                    self._second(item, identity) if again else self._take(item, identity, known.get(identity), number)
                )
            except ItemVanished:
                self._counts["vanished"] += 1
                self._log.info("item.vanished", item=item.external_id)
                if not again:
                    self._seen.forget(identity)
                continue
            except DataError as error:
                self._counts["damaged"] += error.check in _DAMAGE
                taken = [self._refusal(item, identity, error)]
            if taken is None:
                current[identity] = known[identity]
            refusals += taken or ()
            self._counts["seen"] += not again
        self._counts["refused"] += store_refusals(self._platform.records, refusals)
        settle_current(self._platform.records, current.values(), self._run)

    def finished(self) -> Fetched:
        """Write what is still in memory and return what was staged."""
        self._shards.flush()
        self._refuse_campaigns()
        self._refuse_wrong_cells()
        if self._changes and self._seen.repeated:
            self._shards.keep(lambda staged: self._seen.is_latest(staged["id"], staged["number"]))
        counts = {name: self._counts[name] for name in ("seen", "skipped", "written_before", "refused", "vanished")}
        counts["repeated"] = self._seen.repeated
        self._seen.close()
        write_unlisted(self._folder, self._source.unlisted if isinstance(self._source, PartlyListed) else ())
        self._log.info("partition.fetched", staged=self._shards.documents, **counts)
        cursor = self._source.cursor if self._changes and isinstance(self._source, Incremental) else ""
        return Fetched(
            source=self._source.name,
            partition=self._partition,
            folder=str(self._folder),
            epoch=self._epoch,
            shards=tuple(self._shards.paths),
            complete=self._source.complete and not self._only,
            staged=self._shards.documents,
            cursor=cursor,
            terms=self.terms,
            **counts,
        )

    @property
    def figures(self) -> dict[str, Any]:
        """What the listing came to, for the partition's baseline."""
        counts = {name: self._counts[name] for name in ("seen", "refused", "characters", "damaged")}
        return counts | {"staged": self._shards.documents, "cells": self._cells.figures}

    def _take(self, item: RawItem, identity: str, known: Document | None, number: int) -> list[Quarantined] | None:
        """Stage the item and return its refused rows; ``None`` when it is stored as it is."""
        data = None if item.raw_digest else item.read()
        raw_digest = item.raw_digest or digest(data or b"")
        self._seen.mark(identity, raw_digest)
        taken_as = self._screen.taken_as(item)
        if known and _is_current(known, raw_digest, self._pipeline, taken_as):
            self._counts["written_before" if same_run(known.run, self._run) else "skipped"] += 1
            return None
        content = item.read() if data is None else data
        parsed = self._screen.parsed(self._parser, item, content, raw_digest)
        self._screen.note(identity, parsed)
        refusals = [self._row_refusal(item, identity, parsed, n) for n in range(len(parsed.refused))]
        refused_ids = [each.id for each in refusals]
        staged = _staged(item, identity, raw_digest, self._pipeline, parsed, refused_ids, number)
        self._shards.add(staged | {"taken_as": taken_as})
        self._cells.note(identity, item, raw_digest)
        self._counts["characters"] += len(parsed.text)
        return refusals

    def _refuse_campaigns(self) -> None:
        """Take back what only the whole listing shows to be many near-duplicates aimed at one question."""
        if self._screen.campaigns():
            self._take_back(self._screen.poisoned)

    def _refuse_wrong_cells(self) -> None:
        """Take back rows that contradict the others, which only all of them together show."""
        errors = self._cells.judge(self._shards.documents)
        if errors:
            self._take_back(lambda staged: errors.get(staged["id"]))

    def _take_back(self, error_of: Callable[[dict[str, Any]], DataError | None]) -> None:
        refused: dict[str, Quarantined] = {}

        def wanted(staged: dict[str, Any]) -> bool:
            error = error_of(staged)
            if error is not None:
                name, sample = staged["external_id"], staged["text"] if error.check == CELL else ""
                refused[staged["id"]] = self._refused(name, staged["id"], error, staged["locator"], sample)
            return error is None

        self._shards.keep(wanted)
        self._counts["refused"] += store_refusals(self._platform.records, refused.values())

    def _second(self, item: RawItem, identity: str) -> list[Quarantined]:
        """Refuse an item whose name another one of this listing has; the very same one told twice is nothing."""
        if (item.raw_digest or digest(item.read())) == self._seen.mark_of(identity):
            return []
        other = document_id(self._source.name, f"{item.external_id}#again")
        self._seen.first(other)
        error = DataError(
            f"document {item.external_id}: its name is taken",
            expected="a name or key that is given once",
            got="a second item of that name, with another content; the first one was taken in",
            next_step="correct the key in the source, or choose one that tells them apart",
        ).named("key-unique")
        return [self._refusal(item, other, error)]

    def _row_refusal(self, item: RawItem, identity: str, parsed: Parsed, n: int) -> Quarantined:
        row = parsed.refused[n]
        error = DataError(
            f"document {item.external_id}, line {row.line}",
            expected=row.expected,
            got=row.value,
            next_step=f"correct line {row.line} in the source; the other rows were taken in",
        ).named(row.check)
        return self._refusal(item, identity, error, row=row.line, sample=row.sample)

    def _refusal(
        self, item: RawItem, identity: str, error: DataError, *, row: int | None = None, sample: str = ""
    ) -> Quarantined:
        name = item.external_id if row is None else f"{item.external_id}{ROW_MARK}{row}"
        return self._refused(name, identity, error, item.locator, sample)

    def _refused(self, name: str, identity: str, error: DataError, locator: str, sample: str = "") -> Quarantined:
        self._log.info("item.refused", item=name, check=error.check)
        return quarantined(
            self._source.name,
            self._partition,
            name,
            identity,
            error,
            self._run,
            self._platform.records.now(),
            sample=sample,
            payload=locator,
            content=self._seen.mark_of(identity),
        )


def _is_current(known: Document, raw_digest: str, pipeline: str, taken_as: str) -> bool:
    stored = (known.deleted_at, known.raw_digest, known.pipeline, known.taken_as)
    return stored == (None, raw_digest, pipeline, taken_as)


def _staged(
    item: RawItem, identity: str, raw_digest: str, pipeline: str, parsed: Parsed, refused: list[str], number: int
) -> dict[str, Any]:
    return {
        "id": identity,
        "number": number,
        "external_id": item.external_id,
        "title": parsed.title,
        "media_type": parsed.media_type,
        "raw_digest": raw_digest,
        "pipeline": pipeline,
        "labels": labels_of(item.labels, parsed).model_dump(mode="json"),
        "metadata": dict(item.metadata) | ({SENSITIVE: "; ".join(parsed.marks)} if parsed.marks else {}),
        "locator": item.locator,
        "headings": [[each.level, each.title, each.start, each.end] for each in parsed.headings],
        "refused": refused,
        "text": parsed.text,
    }


def _pages(items: Iterable[RawItem]) -> Iterator[list[RawItem]]:
    remaining = iter(items)
    while page := list(islice(remaining, _PAGE)):
        yield page
