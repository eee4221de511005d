"""From candidate to active to retired: what becomes of a pattern, decided without touching any store.

Every function returns changed copies and says why in a verdict. Each decides the same when it is asked again at one
``n`` (trajectories seen so far), also when its earlier decisions were stored only in part: a killed loop is run again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autorefine.config import GATES, RefineConfig
from autorefine.evidence import Evidence, measure, tally, union
from autorefine.gates.contract import contract
from autorefine.gates.preservation import preservation
from autorefine.gates.replay import replay
from autorefine.pattern import Pattern
from autorefine.trace import Trace
from autorefine.verdict import Ruling, Verdict
from autorefine.wording import procedure_guideline, skill_guideline, with_counts, worded_elsewhere

MAINTENANCE = "maintenance"
DRIFT = "drift"
_GROWTH = 1.5
_STRONGER = 0.02


def found_again(known: Pattern, found: Pattern, config: RefineConfig, n: int) -> Pattern:
    """Return a known pattern with the evidence of a new batch; each run counts once, the newer word about it holds.

    A retired pattern stays as it is, unless it only made room and has become stronger since, or has drifted a whole
    window of trajectories ago: that one is a candidate again, and the gates decide anew, on what has come since. The
    effect of a sign is measured over moments, and taken as it is found.
    """
    if known.withdrawals or (known.state == "retired" and not _may_return(known, found, config, n)):
        return known
    if _has_drifted(known):
        known = replace(_to_be_judged_anew(known), evidence=())
    renewed = replace(
        known,
        scope=known.scope.joined(found.scope),
        effect=found.effect,
        guideline=known.guideline if worded_elsewhere(known.guideline) else found.guideline,
        machine=found.machine,
        state="candidate" if known.state == "retired" else known.state,
    )
    return with_evidence(renewed, union(known.evidence, found.evidence, config.evidence_limit))


def with_evidence(pattern: Pattern, evidence: tuple[Evidence, ...]) -> Pattern:
    """Return the pattern with this evidence, its effect measured and its guideline worded anew; not so for a sign."""
    if pattern.kind == "sign":
        return replace(pattern, evidence=evidence)
    effect = measure(evidence, pattern.effect.q if pattern.effect else None)
    support = tally(evidence)
    if worded_elsewhere(pattern.guideline):
        guideline = with_counts(pattern.guideline, support, effect)
        return replace(pattern, evidence=evidence, effect=effect, guideline=guideline)
    guideline = (
        skill_guideline(pattern.signature, pattern.guard, support, effect, avoid=pattern.avoid)
        if pattern.machine is None
        else procedure_guideline(pattern.signature, pattern.machine, support, effect)
    )
    return replace(pattern, evidence=evidence, effect=effect, guideline=guideline)


def with_outcomes(pattern: Pattern, outcomes: Mapping[str, bool]) -> Pattern:
    """Return the pattern with the outcomes of these runs corrected in its evidence."""
    corrected = tuple(
        replace(each, success=outcomes.get(each.trajectory, each.success)) if each.trajectory in outcomes else each
        for each in pattern.evidence
    )
    return pattern if corrected == pattern.evidence else with_evidence(pattern, corrected)


def judged(
    pattern: Pattern, held_out: Sequence[Trace], config: RefineConfig, n: int, alpha: float | None = None
) -> Pattern:
    """Return the pattern after the gates: active when all admit it, retired when one refuses, else as it was.

    An active pattern is judged again as well: one that held-out runs contradict by now has drifted, and is retired.
    Outcomes of held-out runs are looked at again only when there are half as many more of them, or a whole window of
    new trajectories has come since: every look widens the intervals. ``alpha`` is what a candidate may err with that
    was never looked at before; it is kept for later looks.
    """
    if "contract" in config.gates:
        pattern = pattern.ruled(contract(pattern, config))
    if {"replay", "preservation"} & set(config.gates):
        pattern = _looked_at(pattern, held_out, config, n, alpha)
    rulings = {verdict.gate: verdict.ruling for verdict in pattern.verdicts if verdict.gate in config.gates}
    if "refuse" in rulings.values():
        return replace(pattern, state="retired")
    if pattern.state == "candidate" and all(rulings.get(gate) == "admit" for gate in config.gates):
        return replace(pattern, state="active")
    return pattern


def capped(patterns: Sequence[Pattern], config: RefineConfig, n: int) -> list[Pattern]:
    """Retire what is beyond the caps: the active ones of the lowest score, and the candidates of the weakest effect.

    A candidate that made room comes back when it is found again and its effect has become stronger.
    """
    active = sorted((p for p in patterns if p.state == "active"), key=lambda p: (-config.score(p), p.id))
    candidates = sorted((p for p in patterns if p.state == "candidate"), key=lambda p: (-promise(p), p.id))
    beyond_active = [
        retired(p, "refuse", f"more than {config.active_cap} are active, and this has the lowest score", n)
        for p in active[config.active_cap :]
    ]
    beyond_candidates = [
        retired(p, "hold", f"more than {config.candidate_cap} candidates are stronger", n, promise=promise(p))
        for p in candidates[config.candidate_cap :]
    ]
    return beyond_active + beyond_candidates


def pruned(patterns: Sequence[Pattern], config: RefineConfig, n: int) -> list[Pattern]:
    """Retire the lowest share of the active patterns whose grace period is over, unless their score is good enough.

    What an earlier try at the same ``n`` has retired still counts as part of those among whom the share is taken.
    """
    reporting = {name for pattern in patterns for name, counts in pattern.counters.items() if counts.used}
    ranked = sorted(
        (p for p in patterns if (p.state == "active" or pruned_at(p, n)) and _grace_is_over(p, config, reporting)),
        key=lambda p: (config.score(p), p.id),
    )
    lowest = ranked[: int(config.prune_share * len(ranked))]
    return [
        retired(p, "refuse", f"score {config.score(p):.2f}, among the lowest {config.prune_share:.0%}", n, rank=True)
        for p in lowest
        if p.state == "active" and config.score(p) < config.keep_above
    ]


def _looked_at(
    pattern: Pattern, held_out: Sequence[Trace], config: RefineConfig, n: int, alpha: float | None
) -> Pattern:
    last = next((verdict.numbers for verdict in pattern.verdicts if verdict.gate == "replay"), {})
    again = last.get("n") == n
    look = pattern.looks if again else pattern.looks + 1
    if pattern.kind == "sign" and not again and "n" in last and not _grown(pattern, held_out, config, n, last):
        return pattern
    verdict = replay(pattern, held_out, config, look, last.get("alpha", alpha))
    if "size" not in verdict.numbers:
        return pattern if "n" in last else pattern.ruled(verdict)
    runs = verdict.numbers["followed"] + verdict.numbers["otherwise"]
    if pattern.looks and "n" in last and not again:
        grown = runs >= _GROWTH * (last["followed"] + last["otherwise"])
        if not grown and n - last["n"] < config.window:
            return pattern
    pattern = pattern.ruled(replace(verdict, numbers={**verdict.numbers, "n": n}))
    return replace(pattern.ruled(preservation(pattern, held_out, config, look)), looks=look)


def _grown(
    pattern: Pattern, held_out: Sequence[Trace], config: RefineConfig, n: int, last: Mapping[str, float]
) -> bool:
    """Tell whether there is enough more to see of a sign since the last look; counts runs and looks at no outcome."""
    runs = sum(bool(trace.signs) and pattern.scope.covers(trace.group, trace.agent) for trace in held_out)
    return runs >= _GROWTH * (last["followed"] + last["otherwise"]) or n - last["n"] >= config.window


def _grace_is_over(pattern: Pattern, config: RefineConfig, reporting: set[str]) -> bool:
    """Tell whether the pattern was used, or passed over, often enough to be judged by its score.

    Passing over says something only where uses are reported at all, hence only for agent versions in ``reporting``.
    """
    passed_over = sum(each.retrieved - each.used for name, each in pattern.counters.items() if name in reporting)
    return pattern.usage.used >= config.grace_uses or passed_over >= 4 * config.grace_uses


def promise(pattern: Pattern) -> float:
    """Return the end of the effect's interval that is nearer to none, as claimed; −1 without an effect."""
    if pattern.effect is None:
        return -1.0
    return -pattern.effect.high if pattern.avoid else pattern.effect.low


def retired(
    pattern: Pattern, ruling: Ruling, reason: str, n: int, *, rank: bool = False, promise: float | None = None
) -> Pattern:
    """Return the pattern as maintenance retires it at ``n``; ``rank``: because others rank higher."""
    numbers = {"n": float(n)} | ({"rank": 1.0} if rank else {}) | ({} if promise is None else {"promise": promise})
    return replace(pattern.ruled(Verdict(MAINTENANCE, ruling, reason, numbers)), state="retired")


def _made_room(pattern: Pattern) -> bool:
    rulings = {verdict.gate: verdict.ruling for verdict in pattern.verdicts}
    return rulings.get(MAINTENANCE) == "hold" and "refuse" not in rulings.values()


def _may_return(pattern: Pattern, found: Pattern, config: RefineConfig, n: int) -> bool:
    """Tell whether a retired pattern may be a candidate again, and was not retired by an earlier try at this ``n``.

    After a drift, only when the window holds nothing any more that came before: what was true then would admit it.
    """
    last = {verdict.gate: verdict.numbers for verdict in pattern.verdicts}
    if _has_drifted(pattern):
        return n >= last[DRIFT].get("n", 0.0) + config.window
    retired = last.get(MAINTENANCE, {})
    stronger = promise(found) > retired.get("promise", -1.0) + _STRONGER
    return n != retired.get("n") and stronger and _made_room(pattern)


def _has_drifted(pattern: Pattern) -> bool:
    """Tell whether the pattern is retired, and for its drift alone."""
    refusing = [verdict.gate for verdict in pattern.verdicts if verdict.ruling == "refuse"]
    return pattern.state == "retired" and refusing == [DRIFT]


def _to_be_judged_anew(pattern: Pattern) -> Pattern:
    """Return the pattern without the gates' word of old; uses that told of its drift aren't held against it twice."""
    drift = next(verdict for verdict in pattern.verdicts if verdict.gate == DRIFT)
    kept = [each for each in pattern.verdicts if each.gate not in (*GATES, DRIFT)]
    again = replace(drift, ruling="hold", reason=f"found again since {drift.reason}")
    return replace(pattern, verdicts=(*kept, again))


def pruned_at(pattern: Pattern, n: int) -> bool:
    """Tell whether maintenance retired the pattern for its rank at this ``n``."""
    return any(
        verdict.gate == MAINTENANCE and verdict.numbers.get("n") == n and "rank" in verdict.numbers
        for verdict in pattern.verdicts
    )
