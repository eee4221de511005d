"""What a delivery of trajectories brings: new ones, other outcomes of known ones, and what must wait."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce

from autorefine.outcome import Outcome, joined, outcome_of
from autorefine.trajectory import Trajectory


@dataclass(frozen=True)
class Delivery:
    """What came at once, sorted out.

    Attributes:
        new: trajectories to be learned from, each once: not remembered, or contradicted until now.
        changed: remembered ones that end otherwise now, by id; those that are contradicted now have no success.
        outcomes: what is known by now of all that is no longer as it was remembered, except of the new ones.
        waiting: ids of those whose outcome nobody knows yet; they are not remembered, so that they can come again.
        contradicted: ids of those whose outcome nobody can believe since this delivery.
        known: how many said nothing that was not known already.
    """

    new: tuple[Trajectory, ...] = ()
    changed: Mapping[str, Trajectory] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    contradicted: tuple[str, ...] = ()
    known: int = 0


def sorted_out(came_at_once: Iterable[Trajectory], remembered: Mapping[str, Outcome]) -> Delivery:
    """Sort a delivery out; see `outcome.joined` for what is believed.

    Args:
        came_at_once: all of it; it is held in memory.
        remembered: what is known of those that were told of before, by id.
    """
    by_id: dict[str, list[Trajectory]] = {}
    for each in came_at_once:
        by_id.setdefault(each.id, []).append(each)
    new: list[Trajectory] = []
    changed: dict[str, Trajectory] = {}
    outcomes: dict[str, Outcome] = {}
    waiting: list[str] = []
    contradicted: list[str] = []
    known = 0
    for id, came in by_id.items():
        before = remembered.get(id)
        now = reduce(joined, map(outcome_of, came), before)
        known += len(came) - 1
        if now is None:
            waiting.append(id)
        elif now == before:
            known += 1
        elif now.contradicted:
            contradicted.append(id)
            outcomes[id] = now
            if before and not before.contradicted:
                changed[id] = replace(came[-1], success=None)
        else:
            believed = next(each for each in reversed(came) if outcome_of(each) == now)
            if before is None or before.contradicted:
                new.append(believed)
                continue
            outcomes[id] = now
            if before.success != now.success:
                changed[id] = believed
    return Delivery(tuple(new), changed, outcomes, tuple(waiting), tuple(contradicted), known)
