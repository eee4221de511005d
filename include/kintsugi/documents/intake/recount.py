"""Stage 4: count again, bury what the source no longer has, commit the partition."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import structlog

from kintsugi.contracts.profile import keep_committed
from kintsugi.documents.identity import version_id
from kintsugi.documents.intake.absent import Absences, bury, find_absent, find_gone, settle_absent
from kintsugi.documents.intake.claim import as_it_was, recorded, require_owner
from kintsugi.documents.intake.outcome import Fetched, Loaded
from kintsugi.documents.intake.staging import clear, read_documents
from kintsugi.errors import DriftError, SafetyError
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, Partition, RunRef
from kintsugi.stores.records import RecordStore

_PAGE = 200
_GUARDED = 20
"""A source of so few documents may lose any number of them."""


def recount(
    platform: Platform, fetched: Fetched, loaded: Sequence[Loaded], run: RunRef, *, accept_loss: bool = False
) -> Partition:
    """Compare what is stored with what was staged, delete what is absent, and commit; return the partition's record.

    Args:
        platform: the wired platform.
        fetched: what `fetch` returned; where single items were read again, the partition's record is put back.
        loaded: what `load` returned for every shard.
        run: the run that owns the partition.
        accept_loss: a person has said that documents are meant to be gone, however many.

    Raises:
        SafetyError: truth and staging files disagree, or shards are missing; nothing is deleted.
        DriftError: more than ``ingest.max_loss_share`` of the documents vanished at once; the partition is held and
            nothing is deleted.
        StaleEpochError: another run has claimed the partition.
    """
    with recorded(platform, fetched.source, fetched.partition, run, fetched.epoch):
        records = platform.records
        owned = require_owner(records, fetched.source, fetched.partition, run, fetched.epoch)
        folder = Path(fetched.folder)
        if owned.state == "committed" and not folder.exists():
            return owned
        _require_all(fetched, loaded)
        for each in loaded:
            _require_stored(records, Path(each.shard))
        if fetched.complete:
            absences = find_absent(records, fetched.source, fetched.partition, folder, run)
            if not accept_loss:
                _guard(fetched, absences, platform.settings.ingest.max_loss_share)
            bury(records, absences, run)
            settle_absent(records, fetched.source, fetched.partition, folder, run)
        else:
            absences = find_gone(records, folder, run)
            bury(records, absences, run)
        now = records.now()
        outcome = owned.but(
            state="committed",
            run=run,
            changed_at=now,
            committed_at=now,
            cursor=fetched.cursor,
            terms=fetched.terms,
            error_class="",
            error="",
            seen=fetched.seen,
            written=fetched.written_before + sum(each.written for each in loaded),
            skipped=fetched.skipped + sum(each.unchanged for each in loaded),
            deleted=absences.total,
            refused=fetched.refused + sum(each.refused for each in loaded),
        )
        before = as_it_was(owned)
        if before is not None:
            records.replace(before)
            committed = outcome
        else:
            committed = records.replace(outcome)
            keep_committed(records, fetched.source, fetched.partition)
        clear(platform.settings.staging_path, fetched.source, fetched.partition, fetched.epoch)
        counts = {name: getattr(committed, name) for name in ("seen", "written", "skipped", "deleted", "refused")}
        structlog.get_logger().info(
            "partition.committed", source=fetched.source, partition=fetched.partition, run=str(run), **counts
        )
        return committed


def _require_all(fetched: Fetched, loaded: Sequence[Loaded]) -> None:
    staged = sum(each.staged + each.refused for each in loaded)
    if staged != fetched.staged or len(loaded) != len(fetched.shards):
        raise SafetyError(
            f"source {fetched.source}, partition {fetched.partition}: shards are missing",
            expected=f"{fetched.staged} documents in {len(fetched.shards)} shards",
            got=f"{staged} in {len(loaded)}",
            next_step="clear the shards that were not loaded, then this task",
        )


def _require_stored(records: RecordStore, shard: Path) -> None:
    for page in _pages(read_documents(shard)):
        stored = records.get_many(Document, [staged["id"] for staged in page])
        for staged in page:
            document = stored.get(staged["id"])
            got = _disagreement(records, staged, document)
            if got:
                raise SafetyError(
                    f"document {staged['external_id']}: truth and staged file disagree",
                    expected="what was staged to be what is stored",
                    got=got,
                    next_step="run the partition again; if it happens again, look for a second writer",
                )


def _disagreement(records: RecordStore, staged: dict[str, Any], document: Document | None) -> str:
    if document is None:
        return "no such document"
    if document.deleted_at is not None:
        return "a deleted document"
    if document.current != version_id(staged["id"], staged["text"]):
        return f"version {document.current}"
    live = records.count(Chunk, {"document": document.id, "live": True})
    return f"{live} live chunks instead of {document.chunks}" if live != document.chunks else ""


def _guard(fetched: Fetched, absences: Absences, max_share: float) -> None:
    if absences.living > _GUARDED and absences.new > max_share * absences.living:
        raise DriftError(
            f"source {fetched.source}, partition {fetched.partition}: {absences.new} of {absences.living} documents "
            "vanished at once",
            expected=f"at most {max_share:.0%} of them",
            got=f"{absences.new / absences.living:.0%}; nothing was deleted",
            next_step="bring them back; if they are meant to go, trigger the DAG with the configuration "
            '{"accept_loss": true}, or `kintsugi ingest PATH --accept-loss`',
        )


def _pages(documents: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    remaining = iter(documents)
    while page := list(islice(remaining, _PAGE)):
        yield page
