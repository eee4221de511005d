"""Truth and index side by side: the digests of their buckets, and what is wrong where they differ."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from kintsugi.documents.identity import BUCKETS
from kintsugi.errors import KintsugiError
from kintsugi.index.digest import Compared, compare, descend
from kintsugi.index.generations import pointer_of
from kintsugi.index.judging import KINDS, batches, judge
from kintsugi.platform import Platform
from kintsugi.records import Generation, Reconciliation
from kintsugi.stores.records import RecordStore

CELLS = 64
MOST_IDS = 5_000
"""Ids that are looked at one by one; where more are in differing buckets, only buckets are told of."""


@dataclass(frozen=True)
class Wrong:
    """Entries that differ from the truth, by kind.

    ``excused`` ones are no fault: not published yet, just being written, or refused by the index and in quarantine.
    """

    missing: int
    stale: int
    orphaned: int
    excused: int

    @property
    def total(self) -> int:
        """How many are at fault."""
        return self.missing + self.stale + self.orphaned


@dataclass(frozen=True)
class LastReconcile:
    """How the last reconcile of the generation ended: at which store time, and entries found wrong, repaired, left."""

    at: float
    run: str
    found: int
    repaired: int
    left: int


@dataclass(frozen=True)
class SideBySide:
    """One generation against the truth.

    Attributes:
        role: serving or previous.
        truth, index: live chunks, and entries.
        buckets: how many of the 4096 hold something on either side.
        differing: how many of them differ.
        cells: how many differ in each of `CELLS` runs of neighbouring buckets.
        excused: how many of those hold nothing that is at fault; empty where entries were not looked at.
        wrong: ``None`` where too many differ to look at each.
        reconciled: ``None`` where it never was, or not for half a year.
        error, next_step: why it could not be compared; empty where it was.
    """

    generation: str
    role: str
    truth: int = 0
    index: int = 0
    buckets: int = 0
    differing: int = 0
    cells: tuple[int, ...] = ()
    excused: tuple[int, ...] = ()
    wrong: Wrong | None = None
    reconciled: LastReconcile | None = None
    error: str = ""
    next_step: str = ""


@dataclass(frozen=True)
class Comparison:
    """What was compared at a store time; empty where nothing serves yet."""

    at: float
    sides: tuple[SideBySide, ...]


def compare_served(platform: Platform, *, most: int = MOST_IDS) -> Comparison:
    """Compare the serving and the previous generation with the truth. Writes nothing.

    Both engines sum up every entry for it: the cost grows with the index.

    Raises:
        StoreUnavailable: the records can't be read now.
    """
    records = platform.records
    pointer = pointer_of(records)
    named = (("serving", pointer.generation), ("previous", pointer.previous)) if pointer else ()
    found = [(role, records.get(Generation, name)) for role, name in named if name]
    return Comparison(records.now(), tuple(_side(platform, role, each, most) for role, each in found if each))


def fold(differing: Iterable[int], cells: int = CELLS) -> tuple[int, ...]:
    """Return how many buckets differ in each of ``cells`` runs of neighbouring buckets. Pure."""
    each = Counter(bucket * cells // BUCKETS for bucket in differing)
    return tuple(each[cell] for cell in range(cells))


def _side(platform: Platform, role: str, generation: Generation, most: int) -> SideBySide:
    try:
        compared = compare(platform, generation)
        wrong, faulty = _wrong(platform, generation, compared, most)
        return SideBySide(
            generation=generation.id,
            role=role,
            truth=compared.truth,
            index=compared.index,
            buckets=compared.buckets,
            differing=len(compared.differing),
            cells=fold(compared.differing),
            excused=fold(compared.differing.keys() - faulty) if wrong else (),
            wrong=wrong,
            reconciled=_last_reconcile(platform.records, generation),
        )
    except KintsugiError as error:
        return SideBySide(generation.id, role, error=error.what, next_step=error.next_step)


def _wrong(
    platform: Platform, generation: Generation, compared: Compared, most: int
) -> tuple[Wrong | None, frozenset[int]]:
    """Return what is wrong, and the buckets that hold any of it."""
    if sum(compared.differing.values()) > most:
        return None, frozenset()
    counts: Counter[str] = Counter()
    faulty: set[int] = set()
    differ = 0
    for drift in descend(platform, generation, compared.differing):
        ids = sorted(drift.missing | drift.stale | drift.orphaned)
        differ += len(ids)
        for page in batches(ids):
            judged = judge(platform, generation, page)
            counts.update(judged.wrong.values())
            faulty |= {judged.chunks[id].bucket for id in judged.wrong if id in judged.chunks}
            alone = [id for id in judged.wrong if id not in judged.chunks]  # an id may be anything, its entry knows
            faulty |= {entry.bucket for entry in platform.index.entries(generation.id, alone)} if alone else set()
    missing, stale, orphaned = (counts[kind] for kind in KINDS)
    return Wrong(missing, stale, orphaned, excused=differ - counts.total()), frozenset(faulty)


def _last_reconcile(records: RecordStore, generation: Generation) -> LastReconcile | None:
    last = records.get(Reconciliation, generation.id)
    if last is None:
        return None
    return LastReconcile(last.at, str(last.run), sum(last.found.values()), last.repaired, last.left)
