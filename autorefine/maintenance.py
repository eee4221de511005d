"""How a repository is kept small and good: a choice of decisions, so that two ways can be compared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autorefine.counters import Counters
from autorefine.pattern import Pattern

if TYPE_CHECKING:
    from autorefine.config import RefineConfig

Decide = Callable[[Sequence[Pattern], "RefineConfig", int], list[Pattern]]
"""Takes the patterns, the settings and n (trajectories so far); returns the changed ones, in the order of writing."""


@dataclass(frozen=True)
class Maintenance:
    """One way of maintaining.

    Attributes:
        name: for reports.
        score: what patterns are ranked by.
        counts: the uses that speak of a pattern to an agent version.
        when_due: decisions at n = K, 2K, 4K, 8K …, one after the other.
        after_batch: decisions after every K trajectories.
    """

    name: str
    score: Callable[[Pattern], float]
    counts: Callable[[Pattern, str], Counters]
    when_due: tuple[Decide, ...]
    after_batch: tuple[Decide, ...] = ()


def bounded() -> Maintenance:
    """Return our way: lower bounds as scores, counts for each agent version, a grace period, merging without double
    counts, drift, a cap.
    """
    from autorefine.drift import drifted
    from autorefine.lifecycle import capped, pruned
    from autorefine.merging import merged
    from autorefine.scores import posterior_score

    def with_this_version(pattern: Pattern, version: str) -> Counters:
        return pattern.counters.get(version, Counters())

    return Maintenance("bounded", posterior_score, with_this_version, (pruned, merged), (drifted, capped))


def paper() -> Maintenance:
    """Return the way of arXiv 2601.22758 version 1, section 3: its score, the lowest fifth, counters added, no cap.

    It knows no agent versions: what it counted speaks to all of them.
    """
    from autorefine.paper import merged_adding, pruned_by_rank
    from autorefine.scores import score_v1

    def with_any_version(pattern: Pattern, version: str) -> Counters:
        return pattern.usage

    return Maintenance("paper", score_v1, with_any_version, (pruned_by_rank, merged_adding))
