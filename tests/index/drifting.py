"""Ways in which an index drifts from the truth, and stores that interfere at a chosen moment."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kintsugi.documents.identity import bucket_of, digest
from kintsugi.index.digest import Drift, compare, descend
from kintsugi.index.reconcile import reconcile
from kintsugi.index.reconciled import Reconciled
from kintsugi.platform import Platform
from kintsugi.records import Generation, Lease, Suspect
from tests.builders import RUN
from tests.healing.conftest import WRITES, served

NO_WAIT = float.__abs__
"""Waits for nothing."""


def let_drift(platform: Platform, each: int, seed: int = 0) -> dict[str, list[str]]:
    """Lose, spoil and add ``each`` entries, the truth untouched; return the ids by kind."""
    name = served(platform).id
    entries = list(platform.index.entries(name))
    chosen = random.Random(seed).sample(entries, 3 * each)
    missing, stale, origin = chosen[:each], chosen[each : 2 * each], chosen[2 * each :]
    strays = [replace(one, id=digest("stray", one.id, str(seed))) for one in origin]
    platform.index.delete(name, [one.id for one in missing])
    platform.index.write(name, [replace(one, title="of yesterday", digest=one.digest ^ 1) for one in stale])
    platform.index.write(name, [replace(one, bucket=bucket_of(one.id)) for one in strays])
    platform.index.refresh(name)
    kinds = {"missing": missing, "stale": stale, "orphaned": strays}
    return {kind: sorted(one.id for one in ones) for kind, ones in kinds.items()}


def drift(platform: Platform, generation: Generation) -> Drift:
    """Return every id that differs, at fault or not."""
    found = list(descend(platform, generation, compare(platform, generation).differing))
    return Drift(
        frozenset().union(*(each.missing for each in found)),
        frozenset().union(*(each.stale for each in found)),
        frozenset().union(*(each.orphaned for each in found)),
    )


def run(platform: Platform, **options: Any) -> Reconciled:
    return reconcile(platform, RUN, **({"wait": NO_WAIT} | options))


def bookkeeping(platform: Platform) -> tuple[int, list[tuple[str, int]]]:
    """Return what a reconcile leaves in the records: notes, and the leases with how often they were written."""
    return platform.records.count(Suspect), [(each.id, each.version) for each in platform.records.scan(Lease)]


class Interfering:
    """Passes everything on to a store or index, and calls back once, right before the n-th call of a method."""

    def __init__(self, inner: Any, method: str, then: Callable[[], None], call: int = 1) -> None:
        self._inner = inner
        self._method = method
        self._then = then
        self._left = call

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name != self._method:
            return method

        def interfered(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                self._then()
            return method(*args, **kwargs)

        return interfered


class Failing:
    """Lets ``last`` writes of all that share the count through; the next one, and everything after it, raises.

    A process that was killed writes nothing in its ``finally`` blocks either.
    """

    def __init__(self, inner: Any, count: list[int], last: int, error: type[BaseException], *, before: bool) -> None:
        self._inner, self._count, self._last = inner, count, last
        self._error = error
        self._before = before

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name not in WRITES:
            return method

        def counted(*args: Any, **kwargs: Any) -> Any:
            self._count[0] += 1
            if self._count[0] > self._last + 1 or (self._before and self._count[0] > self._last):
                raise self._error("the machine is gone")
            result = method(*args, **kwargs)
            if self._count[0] > self._last:
                raise self._error("the machine is gone")
            return result

        return counted


def failing_at(platform: Platform, writes: int, error: type[BaseException], *, before: bool) -> Platform:
    """Return the platform as a process that ends right before, or right after, its (n+1)-th write, n from 0."""
    count = [0]
    return platform.using(
        records=Failing(platform.records, count, writes, error, before=before),
        index=Failing(platform.index, count, writes, error, before=before),
    )
