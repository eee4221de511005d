"""Counting what became of a pattern: retrieved, used, used with success."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from autorefine.counters import Counters
from autorefine.pattern import Pattern
from autorefine.repository import PatternRepository, update

MOST_VERSIONS = 32
"""Agent versions that a pattern keeps counts of."""


def record_usage(
    repository: PatternRepository,
    agent_version: str,
    retrieved: Iterable[str],
    *,
    used: Collection[str] = (),
    succeeded: bool = False,
) -> int:
    """Count one task of one agent version for every pattern that it retrieved; return how many patterns that were.

    A use counts as a retrieval, a success only for the patterns that were used. Unknown ids are passed over. Writers
    may count at the same time: no count is lost.

    Args:
        repository: where the patterns are.
        agent_version: whose task it was: an agent and its version.
        retrieved: ids of the patterns that were retrieved; each counts once.
        used: ids of those that the agent acted on.
        succeeded: whether the task succeeded.

    Raises:
        VersionConflict: others were faster several times in a row; those before in the order of ids are counted.
    """

    def counted(pattern: Pattern) -> Pattern:
        before = pattern.counters.get(agent_version, Counters())
        after = before.after(retrieved=True, used=pattern.id in used, succeeded=succeeded)
        return with_counts(pattern, agent_version, after)

    ids = sorted({*retrieved, *used})
    return sum(update(repository, each, counted) is not None for each in ids)


def with_counts(pattern: Pattern, agent_version: str, counts: Counters) -> Pattern:
    """Return the pattern with these counts of an agent version.

    Beyond `MOST_VERSIONS` the counts of that version are forgotten whose last task is longest ago: a version that came
    back would begin anew.
    """
    others = {version: each for version, each in pattern.counters.items() if version != agent_version}
    newest = list(others.items())[-(MOST_VERSIONS - 1) :]
    return replace(pattern, counters=dict([*newest, (agent_version, counts)]))


def counted_since(
    was: Mapping[str, Counters], now: Mapping[str, Counters], stored: Mapping[str, Counters]
) -> dict[str, Counters]:
    """Return the counters to store with a decision that made ``now`` of ``was``, while others made ``stored`` of it.

    What the decision left alone is as the others counted it, corrections included; of what it joined from another
    pattern the larger counts stand.
    """
    joined = {version: counts for version, counts in now.items() if counts != was.get(version)}
    counted = {
        version: counts.at_least(joined[version]) if version in joined else counts for version, counts in stored.items()
    }
    return {**joined, **counted}
