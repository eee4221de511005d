"""What a delivery of trajectories brings: new ones, other outcomes of known ones, and what must wait."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from autorefine.trajectory import Trajectory


@dataclass(frozen=True)
class Delivery:
    """What came at once, sorted out.

    Attributes:
        new: trajectories that are not remembered, each once.
        changed: ids of remembered ones whose outcome is another now, with that outcome.
        waiting: ids of those whose outcome nobody knows yet; they are not remembered, so that they can come again.
        contradicted: ids of those that came with different outcomes in this one delivery; none of them is believed, and
            none remembered, so that a corrected delivery is taken in.
        known: how many said nothing that was not known already.
    """

    new: tuple[Trajectory, ...] = ()
    changed: Mapping[str, bool] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    contradicted: tuple[str, ...] = ()
    known: int = 0


def sorted_out(came_at_once: Iterable[Trajectory], remembered: Mapping[str, bool | None]) -> Delivery:
    """Sort a delivery out.

    Args:
        came_at_once: all of it; it is held in memory.
        remembered: outcomes by id; ``None`` where only the id is remembered: whatever comes then is known.
    """
    by_id: dict[str, list[Trajectory]] = {}
    for each in came_at_once:
        by_id.setdefault(each.id, []).append(each)
    new: list[Trajectory] = []
    changed: dict[str, bool] = {}
    waiting: list[str] = []
    contradicted: list[str] = []
    known = 0
    for id, came in by_id.items():
        told = [each for each in came if each.success is not None]
        outcomes = {each.success for each in told}
        if len(outcomes) > 1:
            contradicted.append(id)
            continue
        known += len(came) - 1
        if id not in remembered:
            new.extend(told[-1:])
            waiting.extend(() if told else (id,))
        elif told and remembered[id] not in (None, told[-1].success):
            changed[id] = bool(told[-1].success)
        else:
            known += 1
    return Delivery(tuple(new), changed, tuple(waiting), tuple(contradicted), known)
