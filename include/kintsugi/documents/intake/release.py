"""Giving what was refused another chance, or dropping it: what a person decides about a quarantine record."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from urllib.parse import unquote

from kintsugi.documents.intake.cells import CELL
from kintsugi.documents.intake.claim import require_idle, same_run
from kintsugi.documents.intake.ingest import ingest
from kintsugi.documents.intake.refuse import ROW_MARK
from kintsugi.errors import TerminalError
from kintsugi.platform import Platform
from kintsugi.records import Document, Quarantined, RunRef
from kintsugi.sensitive.finding import KINDS
from kintsugi.sources.adhoc import adhoc_source
from kintsugi.sources.config import MADE_HERE
from kintsugi.sources.port import Source
from kintsugi.sources.registry import open_source, source_names
from kintsugi.stores.records import RecordStore

INDEX_CHECK = "index"
"""Name of the check that refuses a chunk at the door of the index, after its document was taken in."""

_REMEMBERED = (*KINDS, CELL)
"""Checks whose refusals a person may release as they are: that is written down before anything is taken in."""

Opened = Callable[[Platform, str], AbstractContextManager[Source]]
"""Opens a source by its name, with its credentials, and closes it again."""


@contextmanager
def _registered(platform: Platform, name: str) -> Iterator[Source]:
    source = open_source(platform, name)
    try:
        yield source
    finally:
        close = getattr(source, "close", None)
        if close is not None:
            close()


def release(
    platform: Platform, refusal: Quarantined, run: RunRef, by: str = "", *, opened: Opened = _registered
) -> Quarantined:
    """Read a refused item again through its source and take it in; the rest of its partition is not looked at.

    Sensitive text and rows with a wrong cell that a person releases are remembered first: the same content passes from
    then on. What the index refused is offered to it again by the next publish. Returns the record as it is afterwards:
    still *held*, with this run, when the item was refused again. What a run that was killed has decided and not taken
    in may be released again, by whatever run.

    Args:
        platform: the wired platform.
        refusal: a record that is held, or whose release was not completed.
        run: who writes.
        by: who decided; the run's DAG where nobody is named.
        opened: opens the source.

    Raises:
        TerminalError: it is not held, or is not a document of a source.
        ConflictError: another run is at work on its partition.
        SourceUnavailable: the source does not answer.
    """
    records = platform.records
    if not _is_unfinished(records, refusal, run):
        _require_held(refusal)
    if refusal.check == INDEX_CHECK:
        return _offered_again(records, refusal, run)
    with ExitStack() as closing_later:
        source, partition = _origin(platform, refusal, opened, closing_later)
        require_idle(records, refusal.source, partition, run)
        if refusal.check in _REMEMBERED:
            records.replace(refusal.but(state="released", by=by or run.dag, run=run))
        ingest(platform, source, partition, run, only=[refusal.item.split(ROW_MARK)[0]])
    after = records.get(Quarantined, refusal.id) or refusal
    if after.state == "held" and not same_run(after.run, run):
        after = records.replace(after.but(run=run, refused_at=records.now()))
    return after


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


def _origin(platform: Platform, refusal: Quarantined, opened: Opened, closing_later: ExitStack) -> tuple[Source, str]:
    if refusal.source in source_names(platform.settings):
        return closing_later.enter_context(opened(platform, refusal.source)), refusal.partition
    if refusal.source in MADE_HERE or not refusal.partition:
        raise TerminalError(
            f"quarantine record {refusal.id}: item {refusal.item} of {refusal.source} can't be read again",
            expected="a document of a source",
            got=f"something that the platform makes itself, refused by check {refusal.check}",
            next_step=refusal.next_step,
        )
    path = Path(unquote(refusal.partition, errors="surrogateescape"))
    return adhoc_source(platform.settings, path, refusal.source)


def _is_unfinished(records: RecordStore, refusal: Quarantined, run: RunRef) -> bool:
    """Return whether it was decided that this be taken in, by this run or by a person, and it is not known to be."""
    if refusal.state != "released":
        return False
    if same_run(refusal.run, run):
        return True
    if refusal.check not in _REMEMBERED or not refusal.by:
        return False
    document = records.get(Document, refusal.document)
    return document is None or document.deleted_at is not None or document.raw_digest != refusal.content


def _require_held(refusal: Quarantined) -> None:
    if refusal.state != "held":
        raise TerminalError(
            f"quarantine record {refusal.id}: is {refusal.state} already",
            expected="one that is held",
            next_step="`kintsugi quarantine list` shows those that are",
        )
