"""Counting what became of a pattern: retrieved, used, used with success."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from autorefine.counters import Counters
from autorefine.pattern import Pattern
from autorefine.repository import PatternRepository, update


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
        return replace(pattern, counters={**pattern.counters, agent_version: after})

    ids = sorted({*retrieved, *used})
    return sum(update(repository, each, counted) is not None for each in ids)
