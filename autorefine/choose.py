"""Which of the patterns that fit are given to an agent: the proven ones, and now and then one that is still new."""

from collections.abc import Sequence
from random import Random

from autorefine.counters import Counters
from autorefine.pattern import Pattern
from autorefine.scores import heeded, lower_bound, posterior

GRACE_USES = 5
_PASSED_OVER = 4


def choose(
    patterns: Sequence[tuple[Pattern, float]],
    k: int,
    *,
    agent_version: str,
    rng: Random,
    exploration: float = 0.1,
    grace_uses: int = GRACE_USES,
) -> list[Pattern]:
    """Return at most ``k`` patterns, best first: by relevance times the lower bound of their success rate.

    A share of the places is set apart for patterns in their grace period, so that a new one gets the uses by which it
    can prove itself; who gets them is drawn from their Beta posteriors (Thompson sampling: Thompson, Biometrika 1933;
    Chapelle & Li, NIPS 2011). These come last. Places that nobody new can take go to the proven ones.

    Args:
        patterns: what fits, each with its relevance (any positive scale).
        k: the most patterns.
        agent_version: for whom, ``name@version``; only its own counts are looked at.
        rng: draws; the same one in the same state gives the same patterns.
        exploration: share of the places, 0 … 1. Where it makes no whole number, the last place is drawn for.
        grace_uses: a pattern is new to an agent version until it was used so often.

    Raises:
        ValueError: ``exploration`` is no share.
    """
    if not 0 <= exploration <= 1:
        raise ValueError(f"choose: expected an exploration share of 0 … 1, got {exploration}")
    ranked = sorted(patterns, key=lambda each: (-each[1] * _bound(each[0], agent_version), each[0].id))
    places = min(max(k, 0), len(ranked))
    set_apart = int(places * exploration + rng.random())
    proven = [pattern for pattern, _ in ranked[: places - set_apart]]
    rest = ranked[places - set_apart :]
    draws = [
        (
            -relevance * rng.betavariate(*posterior(_counts(pattern, agent_version), heeded(pattern))),
            pattern.id,
            pattern,
        )
        for pattern, relevance in rest
        if is_new(pattern, agent_version, grace_uses)
    ]
    explored = [pattern for _, _, pattern in sorted(draws, key=lambda draw: draw[:2])[:set_apart]]
    taken = {pattern.id for pattern in explored}
    filled = [pattern for pattern, _ in rest if pattern.id not in taken][: set_apart - len(explored)]
    return proven + filled + explored


def is_new(pattern: Pattern, agent_version: str, grace_uses: int = GRACE_USES) -> bool:
    """Tell whether the pattern is in its grace period with this agent version: hardly used, not often passed over."""
    counts = _counts(pattern, agent_version)
    return counts.used < grace_uses and counts.retrieved - counts.used < _PASSED_OVER * grace_uses


def _bound(pattern: Pattern, agent_version: str) -> float:
    return lower_bound(_counts(pattern, agent_version), heeded(pattern))


def _counts(pattern: Pattern, agent_version: str) -> Counters:
    return pattern.counters.get(agent_version, Counters())
