"""Two served indexes, entry by entry: what *equal to a clean build* means."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from kintsugi.index.dump import line_of
from kintsugi.index.generations import serving
from kintsugi.platform import Platform
from kintsugi.stores.search import IndexEntry


@dataclass(frozen=True)
class Compared:
    """What two indexes have in common.

    Attributes:
        entries: that were compared.
        differing: those that only one has, or that differ in anything but the vector.
        vectors_differing: those whose vectors differ in a bit.
        gap: the largest difference of two numbers in vectors.
    """

    entries: int = 0
    differing: int = 0
    vectors_differing: int = 0
    gap: float = 0.0

    @property
    def byte_equal(self) -> bool:
        """Whether the canonical dumps are the same."""
        return not self.differing and not self.vectors_differing


def compared(one: Platform, other: Platform, wanted: Callable[[IndexEntry], bool]) -> Compared:
    """Compare the entries that two platforms serve, as far as they are wanted. Memory stays flat."""
    entries = differing = vectors_differing = 0
    gap = 0.0
    for left, right in _paired(_served(one, wanted), _served(other, wanted)):
        entries += 1
        if left is None or right is None or line_of(left) != line_of(replace(right, vector=left.vector)):
            differing += 1
        elif left.vector.tobytes() != right.vector.tobytes():
            vectors_differing += 1
            gap = max(gap, float(np.abs(left.vector - right.vector).max()))
    return Compared(entries, differing, vectors_differing, gap)


def _served(platform: Platform, wanted: Callable[[IndexEntry], bool]) -> Iterator[IndexEntry]:
    generation = serving(platform.records)
    return iter(()) if generation is None else filter(wanted, platform.index.entries(generation.id))


def _paired(
    ours: Iterator[IndexEntry], theirs: Iterator[IndexEntry]
) -> Iterator[tuple[IndexEntry | None, IndexEntry | None]]:
    left, right = next(ours, None), next(theirs, None)
    while left is not None or right is not None:
        ahead = right is None or (left is not None and left.id < right.id)
        behind = left is None or (right is not None and right.id < left.id)
        yield (None if behind else left), (None if ahead else right)
        left = left if behind else next(ours, None)
        right = right if ahead else next(theirs, None)
