"""Makes a collection of one record store equal to that of another; what is equal already isn't written again."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from kintsugi.migrate.digests import body_of, lasting
from kintsugi.records import RECORDS, Record
from kintsugi.stores.records import RecordStore

PAGE = 500
Progress = Callable[[str, int, int], None]
"""Called with what is being worked on, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class Copied:
    """Records written to the target, found there already, and removed because the source has none of that id."""

    written: int = 0
    equal: int = 0
    removed: int = 0


def copy(source: RecordStore, target: RecordStore, kind: type[Record], at: float, on_progress: Progress) -> Copied:
    """Make the target's collection equal to the source's; may be killed at any point and run again.

    Works in pages of ids and asks for nothing else, so that it doesn't matter how an engine orders them. Ids and bodies
    are kept; versions begin at 1, since compare-and-set needs them to grow and no more. What expires is left out.
    """
    written = equal = 0
    total = source.count(kind)
    for page in _pages(lasting(source, kind, at)):
        there = target.get_many(kind, [each.id for each in page])
        wanted = [each for each in page if not _same(each, there.get(each.id))]
        target.put(wanted)
        written, equal = written + len(wanted), equal + len(page) - len(wanted)
        on_progress(kind.collection, written + equal, total)
    removed = 0
    if target.count(kind) != written + equal:
        extra = [each.id for page in _pages(target.scan(kind)) for each in _unknown(source, kind, page)]
        removed = target.delete(kind, extra)
    return Copied(written, equal, removed)


def first_foreign(source: RecordStore, target: RecordStore) -> Record | None:
    """Return a record of the target that the source doesn't hold in the same form; ``None`` when there is none.

    A target without one is empty, or was filled from this very source.
    """
    for kind in RECORDS:
        for page in _pages(target.scan(kind)):
            there = source.get_many(kind, [each.id for each in page])
            foreign = next((each for each in page if not _same(each, there.get(each.id))), None)
            if foreign is not None:
                return foreign
    return None


def _same(record: Record, other: Record | None) -> bool:
    return other is not None and body_of(record) == body_of(other)


def _unknown(source: RecordStore, kind: type[Record], page: Iterable[Record]) -> list[Record]:
    there = source.get_many(kind, [each.id for each in page])
    return [each for each in page if each.id not in there]


def _pages(records: Iterator[Record]) -> Iterator[list[Record]]:
    while page := list(islice(records, PAGE)):
        yield page
