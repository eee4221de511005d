"""Maintenance as the first version of the paper has it (arXiv 2601.22758v1, section 3), to be compared with.

Its known holes are kept: a pattern that was never used scores 0 and is among the first to go, good patterns go when
they rank low among better ones, and merging counts tasks twice that both patterns served.
"""

from collections.abc import Sequence

from autorefine.config import RefineConfig
from autorefine.counters import Counters
from autorefine.lifecycle import pruned_at, retired
from autorefine.merging import merged_by
from autorefine.pattern import Pattern


def pruned_by_rank(patterns: Sequence[Pattern], config: RefineConfig, n: int) -> list[Pattern]:
    """Retire the lowest share of the active patterns, whatever is known of them.

    What an earlier try at the same ``n`` has retired still counts as part of those among whom the share is taken. What
    is found again later comes back.
    """
    ranked = sorted(
        (pattern for pattern in patterns if pattern.state == "active" or pruned_at(pattern, n)),
        key=lambda pattern: (config.score(pattern), pattern.id),
    )
    lowest = ranked[: int(config.prune_share * len(ranked))]
    share = f"among the lowest {config.prune_share:.0%}"
    return [
        retired(pattern, "hold", f"score {config.score(pattern):.2f}, {share}", n, rank=True)
        for pattern in lowest
        if pattern.state == "active"
    ]


def merged_adding(patterns: Sequence[Pattern], config: RefineConfig, n: int) -> list[Pattern]:
    """Merge active patterns of one kind by cosine, and add their counters up."""
    return merged_by(patterns, config, n, _added)


def _added(kept: Pattern, absorbed: Pattern) -> dict[str, Counters]:
    if absorbed.id in kept.parents:  # by a loop that was killed before it could retire the other
        return dict(kept.counters)
    names = dict.fromkeys((*absorbed.counters, *kept.counters))
    return {name: kept.counters.get(name, Counters()) + absorbed.counters.get(name, Counters()) for name in names}
