"""What AutoRefine has learned so far, and from how much."""

from dataclasses import dataclass

from autorefine.pattern import STATES
from kintsugi.observe.pattern_view import PatternSeen, patterns_seen, strongest
from kintsugi.records import StoredPattern, StoredTrajectory
from kintsugi.stores.records import RecordStore

MOST_PATTERNS = 6


@dataclass(frozen=True)
class Learned:
    """How many trajectories there are to learn from, patterns by state, and the strongest, active ones first.

    The patterns come without the runs behind them, which the page *Expertise* has.
    """

    trajectories: int
    states: dict[str, int]
    patterns: tuple[PatternSeen, ...]


def learned(records: RecordStore, *, most: int = MOST_PATTERNS) -> Learned:
    """Return what was learned.

    Raises:
        ValueError: a stored pattern is not one of autorefine's; the message names the field.
    """
    counts: dict[str, int] = {state: records.count(StoredPattern, {"state": state}) for state in STATES}
    chosen = strongest(records, "active", most)
    chosen += strongest(records, "candidate", most - len(chosen))
    return Learned(
        trajectories=records.count(StoredTrajectory),
        states={state: count for state, count in counts.items() if count},
        patterns=tuple(patterns_seen(records, chosen, most_runs=0)),
    )
