"""Reconcile: truth and projection are compared, and made equal where they drifted apart.

compare → descend → recheck → repair → recount. Each step may run twice and in a process of its own; what one hands to
the next are a few numbers, and the suspects in the records.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

import structlog

from kintsugi.errors import DriftError, SafetyError, TerminalError
from kintsugi.healing.lease import acquire, release, renew
from kintsugi.index.digest import Compared, compare
from kintsugi.index.generations import named, serving
from kintsugi.index.judging import Kind, judge, wrong_in
from kintsugi.index.reconciled import Counts, Reconciled, by_kind, total
from kintsugi.index.repair import Repaired
from kintsugi.index.repair import repair as repair_entries
from kintsugi.index.suspects import HeldSuspects, StoredSuspects, Suspects
from kintsugi.platform import Platform
from kintsugi.records import Generation, Reconciliation, RunRef
from kintsugi.stores.counted import CountedIndex, CountedRecords, Tally

Wait = Callable[[float], None]


def reconcile(
    platform: Platform,
    run: RunRef,
    *,
    generation: str = "",
    dry_run: bool = False,
    force: bool = False,
    wait: Wait = time.sleep,
) -> Reconciled:
    """Run all steps in this process.

    Args:
        platform: the wired platform.
        run: who does it; holds the lease, and is the provenance of quarantine records.
        generation: its name; the serving one by default.
        dry_run: look twice, write nothing at all.
        force: go on when more has drifted than `max_share` of the settings allows.
        wait: waits for the grace period, in seconds.

    Raises:
        TerminalError: no such generation, or none is served yet.
        SafetyError: too much has drifted; nothing was written to the index.
        ConflictError: another reconcile repairs this generation.
        StoreUnavailable: a store can't be read, or the generation has no index.
    """
    begun = time.perf_counter()
    tally = Tally()
    counted = platform.using(records=CountedRecords(platform.records, tally), index=CountedIndex(platform.index, tally))
    target = target_of(counted, generation)
    suspects = HeldSuspects() if dry_run else StoredSuspects(counted.records, target.id)
    compared = compare(counted, target)
    found = descend(counted, target.id, compared, suspects, force=force or dry_run)
    confirmed, repaired = found, Repaired()
    if total(found):
        wait(counted.settings.healing.grace)
        confirmed = recheck(counted, target.id, suspects)
    left = total(confirmed)
    if not dry_run and total(found):
        repaired = repair(counted, target.id, suspects, run)
        left = recount(counted, target.id, wait=wait)
    outcome = Reconciled(
        generation=target.id,
        dry_run=dry_run,
        buckets=compared.buckets,
        differing=len(compared.differing),
        rows_read=tally.rows_read,
        found=found,
        confirmed=confirmed,
        repaired=repaired,
        writes=tally.writes,
        left=left,
        needs_force=total(found) > most(counted, compared),
        seconds=round(time.perf_counter() - begun, 3),
    )
    if not dry_run:
        keep(platform, target.id, run, found=found, repaired=repaired.entries, left=left)
    structlog.get_logger().info("reconciled", generation=target.id, repaired=repaired.entries, left=left, run=str(run))
    return outcome


def keep(platform: Platform, generation: str, run: RunRef, *, found: Counts, repaired: int = 0, left: int = 0) -> None:
    """Record how the last reconcile of a generation ended, in place of the one before it."""
    platform.records.put(
        [Reconciliation(id=generation, at=platform.records.now(), found=found, repaired=repaired, left=left, run=run)]
    )


def target_of(platform: Platform, generation: str = "") -> Generation:
    """Return the generation of this name, the serving one by default.

    Raises:
        TerminalError: there is none.
    """
    if generation:
        return named(platform.records, generation)
    served = serving(platform.records)
    if served is None:
        raise TerminalError(
            "reconcile: no generation is served yet", next_step="run `kintsugi up`, or ingest something"
        )
    return served


def descend(
    platform: Platform, generation: str, compared: Compared, suspects: Suspects, *, force: bool = False
) -> Counts:
    """Look into the buckets that differ and keep what is wrong there; return how much, by kind.

    Raises:
        SafetyError: more than the share that the settings allow; what was kept is forgotten.
    """
    counts: Counter[str] = Counter()

    def counted(found: Iterable[tuple[Kind, str]]) -> Iterator[tuple[Kind, str]]:
        for kind, id in found:
            counts[kind] += 1
            if not force:
                _require_within(platform, generation, compared, counts)
            yield kind, id

    try:
        suspects.keep(counted(wrong_in(platform, named(platform.records, generation), compared.differing)))
    except SafetyError:
        suspects.clear()
        raise
    return by_kind(counts)


def recheck(platform: Platform, generation: str, suspects: Suspects) -> Counts:
    """Look at each suspect again and forget those that are right by now; return how many are left, by kind."""
    target = named(platform.records, generation)
    counts: Counter[str] = Counter()
    for kind, page in suspects.pages():
        wrong = judge(platform, target, page).wrong
        suspects.drop(kind, [id for id in page if wrong.get(id) != kind])
        counts[kind] += sum(wrong.get(id) == kind for id in page)
    return by_kind(counts)


def repair(platform: Platform, generation: str, suspects: Suspects, run: RunRef) -> Repaired:
    """Repair every suspect under a lease; one repair of a generation at a time.

    Raises:
        ConflictError: somebody else repairs it.
        StaleEpochError: the lease has passed on; nothing more is written.
    """
    pages = iter(suspects.pages())
    page = next(pages, None)
    done = Repaired()
    if page is None:
        return done
    seconds = platform.settings.healing.lease
    lease = acquire(platform.records, f"reconcile/{generation}", str(run), seconds)
    try:
        platform.index.refresh(generation)  # what a killed writer left may be there, and not be found yet
        while page is not None:
            lease = renew(platform.records, lease, seconds)
            kind, ids = page
            done += repair_entries(platform, named(platform.records, generation), ids, run)
            suspects.drop(kind, ids)
            page = next(pages, None)
    finally:
        release(platform.records, lease)
    return done


def recount(platform: Platform, generation: str, *, wait: Wait = time.sleep) -> int:
    """Compare all digests again and return how many entries are wrong; keeps nothing.

    What is wrong is looked at once more after the grace period: a writer may have been seen between two writes.
    """
    target = named(platform.records, generation)
    suspects = HeldSuspects()
    if not total(descend(platform, generation, compare(platform, target), suspects, force=True)):
        return 0
    wait(platform.settings.healing.grace)
    return total(recheck(platform, generation, suspects))


def require_equal(generation: str, left: int) -> int:
    """Return 0 where nothing is left.

    Raises:
        DriftError: entries are wrong after the repair.
    """
    if left:
        raise DriftError(
            f"generation {generation}: {left} entries are wrong after the repair",
            expected="an index that shows what the records say",
            got="entries that became wrong again, or could not be written",
            next_step="`kintsugi reconcile` shows of which kind they are and repairs what can be",
        )
    return left


def most(platform: Platform, compared: Compared) -> int:
    """Return how many entries a reconcile may repair without force: a share of the larger side."""
    return int(platform.settings.healing.max_share * max(compared.truth, compared.index))


def _require_within(platform: Platform, generation: str, compared: Compared, counts: Mapping[str, int]) -> None:
    if total(counts) <= most(platform, compared):
        return
    larger = max(compared.truth, compared.index)
    raise SafetyError(
        f"generation {generation}: more of it has drifted than is repaired without a person; nothing was written",
        expected=f"at most {most(platform, compared)} of {larger} entries that differ from the truth",
        got=", ".join(f"{count} {kind}" for kind, count in by_kind(counts).items() if count) + ", and perhaps more",
        next_step="look at both sides: `kintsugi reconcile --dry-run`; if the truth is right, add `--force`",
    )
