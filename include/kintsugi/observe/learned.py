"""What AutoRefine has learned so far, and from how much."""

from dataclasses import dataclass

from kintsugi.records import StoredPattern, StoredTrajectory
from kintsugi.stores.records import RecordStore

MOST_PATTERNS = 6
PATTERN_SAMPLE = 200
"""Patterns of a state that are looked at for the strongest ones."""


@dataclass(frozen=True)
class LearnedPattern:
    """A pattern as a person reads it.

    Attributes:
        kind: ``skill`` or ``subagent``.
        avoid: whether it advises what not to do.
        followed: runs that did as it says; ``followed_succeeded`` of them succeeded.
        otherwise: comparable runs that did not; ``otherwise_succeeded`` of them succeeded.
        effect: matched difference of the success rates, with ``low`` and ``high`` as its 95 % interval; ``None`` where
            there was nothing to compare.
        retrieved: how often it was found for a question; ``used`` and ``succeeded`` count what became of that.
    """

    id: str
    name: str
    kind: str
    state: str
    guideline: str
    avoid: bool
    followed: int
    followed_succeeded: int
    otherwise: int
    otherwise_succeeded: int
    effect: float | None
    low: float | None
    high: float | None
    retrieved: int
    used: int
    succeeded: int


@dataclass(frozen=True)
class Learned:
    """How many trajectories there are to learn from, patterns by state, and the strongest, active ones first."""

    trajectories: int
    states: dict[str, int]
    patterns: tuple[LearnedPattern, ...]


def learned(records: RecordStore, *, most: int = MOST_PATTERNS) -> Learned:
    """Return what was learned.

    Raises:
        ValueError: a stored pattern is not one of autorefine's; the message names the field.
    """
    from autorefine.pattern import STATES

    counts = {state: records.count(StoredPattern, {"state": state}) for state in STATES}
    strongest = [pattern for state in ("active", "candidate") for pattern in _strongest(records, state)]
    return Learned(
        trajectories=records.count(StoredTrajectory),
        states={state: count for state, count in counts.items() if count},
        patterns=tuple(strongest[:most]),
    )


def _strongest(records: RecordStore, state: str) -> list[LearnedPattern]:
    sample = [_shown(stored) for stored in records.scan(StoredPattern, {"state": state}, limit=PATTERN_SAMPLE)]
    return sorted(sample, key=lambda each: -1.0 if each.low is None else each.low, reverse=True)


def _shown(stored: StoredPattern) -> LearnedPattern:
    from autorefine.pattern import Pattern

    pattern = Pattern.from_document(stored.body)
    support, usage, effect = pattern.support, pattern.usage, pattern.effect
    return LearnedPattern(
        id=pattern.id,
        name=pattern.name,
        kind=pattern.kind,
        state=stored.state,
        guideline=pattern.guideline,
        avoid=pattern.avoid,
        followed=support.followed,
        followed_succeeded=support.followed_succeeded,
        otherwise=support.otherwise,
        otherwise_succeeded=support.otherwise_succeeded,
        effect=effect.size if effect else None,
        low=effect.low if effect else None,
        high=effect.high if effect else None,
        retrieved=usage.retrieved,
        used=usage.used,
        succeeded=usage.succeeded,
    )
