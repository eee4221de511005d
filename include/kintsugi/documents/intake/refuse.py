"""Nothing is refused without a quarantine record, and none stays once what it speaks of is well or gone."""

from collections.abc import Collection, Iterable

from kintsugi.documents.identity import digest
from kintsugi.errors import DataError
from kintsugi.records import Quarantined, RunRef
from kintsugi.stores.records import RecordStore

_SHOWN = 500


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
) -> Quarantined:
    """Return the record of one refused item. The same item refused by the same check is the same record."""
    return Quarantined(
        id=digest("quarantine", source, item, error.check),
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
        run=run,
        refused_at=now,
    )


def store_refusals(records: RecordStore, refusals: Iterable[Quarantined]) -> int:
    """Store those that are new or differ; a repeated refusal writes nothing. Return how many were refused."""
    wanted = {each.id: each for each in refusals}
    known = records.get_many(Quarantined, wanted)
    records.put(each for each in wanted.values() if _says_something_new(each, known.get(each.id)))
    return len(wanted)


def settle(records: RecordStore, document: str, still_refused: Collection[str], run: RunRef, *, gone: bool) -> None:
    """Close the held records of a document that was taken in after all (*released*), or is gone (*dropped*)."""
    held = list(records.scan(Quarantined, {"document": document, "state": "held"}))
    state = "dropped" if gone else "released"
    records.put(each.but(state=state, run=run) for each in held if each.id not in still_refused)


def _says_something_new(refusal: Quarantined, known: Quarantined | None) -> bool:
    if known is None:
        return True
    return known.but(version=0, run=refusal.run, refused_at=refusal.refused_at) != refusal.but(version=0)
