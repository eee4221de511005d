"""Nothing is refused without a quarantine record, and none stays once what it speaks of is well or gone."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from kintsugi.documents.identity import digest
from kintsugi.errors import AGAIN, ConflictError, DataError
from kintsugi.records import Document, Quarantined, RunRef
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import OneOf

ROW_MARK = "#line-"
"""Between the name of a document and the number of a refused line."""

_SHOWN = 500
_TRIES = 8


def refusal_id(source: str, item: str, check: str) -> str:
    """Return the id of the record of this item's refusal by this check."""
    return digest("quarantine", source, item, check)


def quarantined(
    source: str,
    partition: str,
    item: str,
    document: str,
    error: DataError,
    run: RunRef,
    now: float,
    *,
    sample: str = "",
    payload: str = "",
    content: str = "",
) -> Quarantined:
    """Return the record of one refused item. The same item refused by the same check is the same record."""
    return Quarantined(
        id=refusal_id(source, item, error.check),
        source=source,
        partition=partition,
        item=item,
        document=document,
        check=error.check,
        expected=error.expected,
        value=(error.got or error.what)[:_SHOWN],
        next_step=error.next_step,
        sample=sample[:_SHOWN],
        payload=payload,
        content=content,
        run=run,
        refused_at=now,
    )


def store_refusals(records: RecordStore, refusals: Iterable[Quarantined]) -> int:
    """Store those that are new or differ; return how many were refused.

    A repeated refusal writes nothing, and what a person has dropped stays so until it is refused in another way, also
    where they decide while this is at work.

    Raises:
        ConflictError: somebody else changes the same records all the time.
    """
    wanted = {each.id: each for each in refusals}
    left = wanted
    for _ in range(_TRIES):
        left = _not_stored(records, left)
        if not left:
            return len(wanted)
    raise ConflictError(
        f"quarantine: {len(left)} records change all the time",
        expected=f"one of {_TRIES} tries to go through",
        next_step=AGAIN,
    )


def settle(records: RecordStore, document: str, still_refused: Collection[str], run: RunRef, *, gone: bool) -> None:
    """Close the held records of a document that was taken in after all (*released*), or is gone (*dropped*)."""
    held = list(records.scan(Quarantined, {"document": document, "state": "held"}))
    state = "dropped" if gone else "released"
    records.put(each.but(state=state, run=run) for each in held if each.id not in still_refused)


def settle_current(records: RecordStore, current: Collection[Document], run: RunRef) -> None:
    """Release what is held of documents that are as stored again, e.g. after an edit was taken back.

    That is what was refused as a whole, and rows of another content, whose run may have been killed before it stored
    the rest. Rows that the stored version lacks stay held.
    """
    documents = {each.id: each for each in current}
    if documents:
        held = list(records.scan(Quarantined, {"document": OneOf(tuple(documents)), "state": "held"}))
        records.put(
            each.but(state="released", run=run)
            for each in held
            if each.item == documents[each.document].external_id
            or each.content not in ("", documents[each.document].raw_digest)
        )


def _not_stored(records: RecordStore, wanted: Mapping[str, Quarantined]) -> dict[str, Quarantined]:
    """Store those that are new or differ; return those that somebody else has written in between."""
    known = records.get_many(Quarantined, wanted)
    new = {id: each for id, each in wanted.items() if id not in known}
    left = new if records.insert_missing(new.values()) < len(new) else {}
    for id, before in known.items():
        if _says_something_new(wanted[id], before):
            try:
                records.replace(wanted[id].but(version=before.version))
            except ConflictError:
                left = left | {id: wanted[id]}
    return left


def _says_something_new(refusal: Quarantined, known: Quarantined) -> bool:
    stands: dict[str, Any] = {"version": 0, "run": refusal.run, "refused_at": refusal.refused_at}
    if known.by:
        stands |= {"state": refusal.state, "by": refusal.by}
    return known.but(**stands) != refusal.but(version=0)
