"""What looked wrong once and is looked at again: the notes of detectors with a grace period."""

from collections.abc import Collection, Iterable

from kintsugi.records import Suspect
from kintsugi.stores.records import RecordStore


def confirmed(records: RecordStore, target: str, wrong_now: Collection[str], grace: float) -> list[str]:
    """Return, sorted, what is wrong now and was already wrong at a look at least ``grace`` seconds ago (store time).

    The first look at each item is kept in the records, so that two looks may come from two processes; what is no longer
    wrong is forgotten and starts anew. Reads and writes grow with the suspects, not with the target.
    """
    now = records.now()
    first_seen = {note.item: note.first_seen for note in records.scan(Suspect, {"target": target})}
    fresh = [item for item in wrong_now if item not in first_seen]
    records.delete(Suspect, (_key(target, item) for item in first_seen if item not in wrong_now))
    records.put(Suspect(id=_key(target, item), target=target, item=item, first_seen=now) for item in fresh)
    return sorted(item for item in wrong_now if first_seen.get(item, now) <= now - grace)


def forget(records: RecordStore, target: str, items: Iterable[str]) -> None:
    """Drop the notes on these items: they have been repaired, and being wrong again would be news."""
    records.delete(Suspect, (_key(target, item) for item in items))


def _key(target: str, item: str) -> str:
    return f"{target}/{item}"
