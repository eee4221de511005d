"""What becomes of a pattern when runs that it rests on end otherwise than was believed: it is judged anew."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from autorefine.config import RefineConfig
from autorefine.evidence import Evidence
from autorefine.gates.preservation import GATE as PRESERVATION
from autorefine.gates.replay import GATE as REPLAY
from autorefine.lifecycle import with_evidence, worded
from autorefine.match import match
from autorefine.pattern import Pattern
from autorefine.trace import Trace, trace_of
from autorefine.trajectory import Trajectory
from autorefine.verdict import Verdict

_MOST_NAMED = 20
_LOOKING = (REPLAY, PRESERVATION)
_ANEW = "anew"


def judging(changed: Iterable[Trajectory], config: RefineConfig) -> list[Trace]:
    """Return the runs by which gates may have judged: any, since each judges what the other half of groups draws."""
    if not {*_LOOKING} & set(config.gates):
        return []
    return [trace_of(replace(each, success=bool(each.success))) for each in changed]


def corrected(pattern: Pattern, changed: Mapping[str, Trajectory], judged_by: Sequence[Trace]) -> tuple[Pattern, str]:
    """Return a pattern with its evidence corrected, back before the gates if they have decided about it, and why.

    Evidence that is contradicted now is taken out. What was admitted is a candidate again, and so is what the gates
    refused after a look at outcomes; what people, maintenance or drift have retired stays so, but will be judged anew
    when it comes back. Judged at the same number of trajectories, it is the same look. A pattern that rests on none of
    the runs comes back as it was, and so does one that these very runs have corrected already.

    Args:
        pattern: any one.
        changed: the runs that end otherwise now, by id.
        judged_by: those of them by which gates may have judged; see `judging`.
    """
    runs = sorted({each.trajectory for each in pattern.evidence} & set(changed) | set(_judged_by(pattern, judged_by)))
    if not runs:
        return pattern, ""
    more = f" and {len(runs) - _MOST_NAMED} more" if len(runs) > _MOST_NAMED else ""
    reason = f"outcome changed of {', '.join(runs[:_MOST_NAMED])}{more}"
    evidence = tuple(item for each in pattern.evidence if (item := _told_anew(each, changed)) is not None)
    now = pattern if evidence == pattern.evidence else with_evidence(pattern, evidence)
    return worded(_before_the_gates(now, reason)), reason


def _told_anew(item: Evidence, changed: Mapping[str, Trajectory]) -> Evidence | None:
    told = changed.get(item.trajectory)
    if told is None:
        return item
    return None if told.success is None else replace(item, success=told.success)


def waits(pattern: Pattern) -> bool:
    """Tell whether the pattern was corrected after the gates had decided about it, and they have not looked since."""
    return any(verdict.gate == REPLAY and _ANEW in verdict.numbers for verdict in pattern.verdicts)


def _judged_by(pattern: Pattern, runs: Sequence[Trace]) -> list[str]:
    """Return the runs that a look at outcomes counts for this pattern."""
    if not pattern.looks:
        return []
    if pattern.kind == "sign":
        return [each.id for each in runs if each.signs and pattern.scope.covers(each.group, each.agent)]
    return [each.id for each in runs if match(each, pattern.guard, pattern.signature).eligible]


def _before_the_gates(pattern: Pattern, reason: str) -> Pattern:
    looked = [verdict for verdict in pattern.verdicts if verdict.gate in _LOOKING]
    held = pattern.state == "candidate" and all(
        verdict.ruling == "hold" for verdict in looked if verdict.gate == REPLAY
    )
    decided = not held and any(_ANEW not in verdict.numbers for verdict in looked)
    refusing = {verdict.gate for verdict in pattern.verdicts if verdict.ruling == "refuse"}
    again = pattern.state == "active" or (pattern.state == "retired" and bool(refusing) and refusing <= {*_LOOKING})
    return replace(
        pattern,
        state="candidate" if again and not pattern.withdrawals else pattern.state,
        withdrawals=tuple(
            replace(each, was="candidate") if each.was == "active" else each for each in pattern.withdrawals
        ),
        verdicts=tuple(_anew(each, reason) if decided and each.gate in _LOOKING else each for each in pattern.verdicts),
    )


def _anew(verdict: Verdict, reason: str) -> Verdict:
    n = {key: value for key, value in verdict.numbers.items() if key == "n"}  # the same runs are the same look
    return Verdict(verdict.gate, "hold", f"to be judged anew: {reason}", {_ANEW: 1.0, **n})
