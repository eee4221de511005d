"""Giving what was refused another chance, or dropping it: what a person decides about a quarantine record."""

from pathlib import Path
from urllib.parse import unquote

from kintsugi.documents.intake.claim import ABANDONED
from kintsugi.documents.intake.ingest import ingest
from kintsugi.documents.intake.refuse import ROW_MARK
from kintsugi.errors import ConflictError, TerminalError
from kintsugi.platform import Platform
from kintsugi.records import Document, Partition, Quarantined, RunRef
from kintsugi.sensitive.finding import KINDS
from kintsugi.sources.adhoc import adhoc_source
from kintsugi.sources.config import MADE_HERE
from kintsugi.sources.port import Source
from kintsugi.sources.registry import open_source, source_names
from kintsugi.stores.records import RecordStore

INDEX_CHECK = "index"
"""Name of the check that refuses a chunk at the door of the index, after its document was taken in."""


def release(platform: Platform, refusal: Quarantined, run: RunRef, by: str = "") -> Quarantined:
    """Read a refused item again through its source and take it in; the rest of its partition is not looked at.

    Sensitive text that a person releases is remembered first: the same content passes from then on, with a label. What
    the index refused is offered to it again by the next publish. Returns the record as it is afterwards: still *held*
    when the item was refused again.

    Raises:
        TerminalError: it is not held, or is not a document of a source.
        ConflictError: its partition is being taken in right now.
        SourceUnavailable: the source does not answer.
    """
    records = platform.records
    _require_held(refusal)
    if refusal.check == INDEX_CHECK:
        return _offered_again(records, refusal, run)
    source, partition = _origin(platform, refusal)
    _require_idle(records, refusal.source, partition)
    if refusal.check in KINDS:
        records.replace(refusal.but(state="released", by=by or run.dag, run=run))
    ingest(platform, source, partition, run, only=[refusal.item.split(ROW_MARK)[0]])
    return records.get(Quarantined, refusal.id) or refusal


def drop(records: RecordStore, refusal: Quarantined, run: RunRef, by: str) -> Quarantined:
    """Close a record without taking anything in; the same refusal in later runs does not open it again.

    Raises:
        TerminalError: it is not held.
        ConflictError: it changed meanwhile.
    """
    _require_held(refusal)
    return records.replace(refusal.but(state="dropped", by=by, run=run))


def _offered_again(records: RecordStore, refusal: Quarantined, run: RunRef) -> Quarantined:
    document = records.get(Document, refusal.document)
    if document is not None:
        records.replace(document.but(changed_at=records.now()))
    return records.replace(refusal.but(state="released", run=run))


def _origin(platform: Platform, refusal: Quarantined) -> tuple[Source, str]:
    if refusal.source in source_names(platform.settings):
        return open_source(platform, refusal.source), refusal.partition
    if refusal.source in MADE_HERE or not refusal.partition:
        raise TerminalError(
            f"quarantine record {refusal.id}: item {refusal.item} of {refusal.source} can't be read again",
            expected="a document of a source",
            got=f"something that the platform makes itself, refused by check {refusal.check}",
            next_step=refusal.next_step,
        )
    return adhoc_source(platform.settings, Path(unquote(refusal.partition, errors="surrogateescape")), refusal.source)


def _require_held(refusal: Quarantined) -> None:
    if refusal.state != "held":
        raise TerminalError(
            f"quarantine record {refusal.id}: is {refusal.state} already",
            expected="one that is held",
            next_step="`kintsugi quarantine list` shows those that are",
        )


def _require_idle(records: RecordStore, source: str, partition: str) -> None:
    found = records.get(Partition, Partition.key_of(source, partition))
    if found is not None and found.state == "running" and records.now() - found.changed_at < ABANDONED:
        raise ConflictError(
            f"partition {partition} of source {source}: run {found.run} is taking it in right now",
            expected="nobody at work on it",
            next_step="try again when that run has ended; it reads the item again, too",
        )
