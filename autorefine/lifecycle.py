"""From candidate to active to retired: what becomes of a pattern, decided without touching any store.

Every function returns changed copies and says why in a verdict. Each decides the same when it is asked again at one
``n`` (trajectories seen so far), also when its earlier decisions were stored only in part: a killed loop is run again.
"""

from collections.abc import Sequence
from dataclasses import replace

from autorefine.config import GATES, RefineConfig
from autorefine.evidence import Evidence, measure, union
from autorefine.gates.contract import GATE as CONTRACT
from autorefine.gates.contract import EvidenceStore, contract
from autorefine.gates.replay import GATE as REPLAY
from autorefine.pattern import Pattern
from autorefine.scores import promise_as_drawn, proved
from autorefine.sign_wording import sign_guideline
from autorefine.verdict import Ruling, Verdict
from autorefine.wording import difference, procedure_guideline, skill_guideline, with_counts, worded_elsewhere

MAINTENANCE = "maintenance"
DRIFT = "drift"
_STRONGER = 0.02


def found_again(known: Pattern, found: Pattern, config: RefineConfig, n: int) -> Pattern:
    """Return a known pattern with the evidence of a new batch; each run counts once, the newer word about it holds.

    A retired pattern stays as it is, unless it only made room (and has become stronger, or a quarter of a window has
    come since), has drifted a whole window of trajectories ago, or was refused because its evidence was missing: that
    one is a candidate again, and the gates decide anew, on what has come since. The effect of a sign is measured over
    moments, and taken as it is found. For whom it speaks, the gates say where they judge.
    """
    if known.withdrawals or (known.state == "retired" and not _may_return(known, found, config, n)):
        return known
    if _has_drifted(known):
        known = replace(_to_be_judged_anew(known), evidence=())
    if _lacked_evidence(known):
        known = replace(known, evidence=(), verdicts=tuple(each for each in known.verdicts if each.gate != CONTRACT))
    renewed = replace(
        known,
        scope=known.scope if config.judges else known.scope.joined(found.scope),
        effect=found.effect,
        machine=found.machine,
        state="candidate" if known.state == "retired" else known.state,
    )
    return with_evidence(renewed, union(known.evidence, found.evidence, config.evidence_limit))


def with_evidence(pattern: Pattern, evidence: tuple[Evidence, ...]) -> Pattern:
    """Return the pattern with this evidence, its effect measured (not so for a sign) and its guideline worded anew."""
    if pattern.kind == "sign":
        return worded(replace(pattern, evidence=evidence))
    effect = measure(evidence, pattern.effect.q if pattern.effect else None)
    return worded(replace(pattern, evidence=evidence, effect=effect))


def worded(pattern: Pattern) -> Pattern:
    """Return the pattern with its counts and its effect, as far as they are known by now, in its guideline."""
    return replace(pattern, guideline=_guideline(pattern))


def _guideline(pattern: Pattern) -> str:
    support, told = pattern.support, difference(pattern.told, held_out=pattern.held_out is not None)
    if worded_elsewhere(pattern.guideline):
        return with_counts(pattern.guideline, support, told)
    if pattern.kind == "sign":
        return sign_guideline(pattern.signature[0], support, told, avoid=pattern.avoid)
    if pattern.machine is None:
        return skill_guideline(pattern.signature, pattern.guard, support, told, avoid=pattern.avoid)
    return procedure_guideline(pattern.signature, pattern.machine, support, told)


def contracted(pattern: Pattern, config: RefineConfig, n: int, store: EvidenceStore | None = None) -> Pattern:
    """Return the pattern with the word of the contract gate; ``store`` tells whether evidence is there."""
    if "contract" not in config.gates:
        return pattern
    verdict = contract(pattern, config, store)
    refused = {"n": float(n)} if verdict.ruling == "refuse" else {}
    return pattern.ruled(replace(verdict, numbers={**verdict.numbers, **refused}))


def settled(pattern: Pattern, config: RefineConfig) -> Pattern:
    """Return the pattern in the state that its verdicts call for: active when every gate admits, retired when one
    refuses, else a candidate.

    What an earlier sitting admitted and this one leaves open is a candidate again, so that chance does not gather over
    sittings; unless its uses prove it, which are evidence of their own.
    """
    rulings = {verdict.gate: verdict.ruling for verdict in pattern.verdicts if verdict.gate in config.gates}
    if "refuse" in rulings.values():
        return replace(pattern, state="retired")
    if all(rulings.get(gate) == "admit" for gate in config.gates):
        return replace(pattern, state="active")
    used = pattern.kind != "sign" and pattern.usage.used >= config.grace_uses
    stays = pattern.state == "active" and used and proved(pattern, config.confidence)
    return replace(pattern, state="active" if stays else "candidate")


def not_drawn(pattern: Pattern, n: int) -> Pattern:
    """Return an active pattern with the verdict that neither half of the newest runs shows it any more.

    What held-out runs said of it when they were asked last stays with it.
    """
    asked = (each.numbers for each in pattern.verdicts if each.gate == REPLAY and "size" in each.numbers)
    seen = next(asked, {})
    return pattern.ruled(
        Verdict(REPLAY, "hold", "not to be seen in either half of the newest runs", {**seen, "n": float(n)})
    )


def capped(patterns: Sequence[Pattern], config: RefineConfig, n: int) -> list[Pattern]:
    """Retire what is beyond the caps: the active ones of the lowest score, and the candidates of the weakest effect.

    A candidate that made room comes back when it is found again, its effect being stronger or some time having passed.
    """
    active = sorted((p for p in patterns if p.state == "active"), key=lambda p: (-config.score(p), p.id))
    candidates = sorted((p for p in patterns if p.state == "candidate"), key=lambda p: (-promise_as_drawn(p), p.id))
    beyond_active = [
        retired(p, "refuse", f"more than {config.active_cap} are active, and this has the lowest score", n)
        for p in active[config.active_cap :]
    ]
    beyond_candidates = [
        retired(p, "hold", f"more than {config.candidate_cap} candidates are stronger", n, promise=promise_as_drawn(p))
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


def _grace_is_over(pattern: Pattern, config: RefineConfig, reporting: set[str]) -> bool:
    """Tell whether the pattern was used, or passed over, often enough to be judged by its score.

    Passing over says something only where uses are reported at all, hence only for agent versions in ``reporting``.
    """
    passed_over = sum(each.retrieved - each.used for name, each in pattern.counters.items() if name in reporting)
    return pattern.usage.used >= config.grace_uses or passed_over >= 4 * config.grace_uses


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
    if _lacked_evidence(pattern):
        return n != last[CONTRACT].get("n")
    retired = last.get(MAINTENANCE, {})
    since = n - retired.get("n", 0.0)
    stronger = promise_as_drawn(found) > retired.get("promise", -1.0) + _STRONGER
    return since > 0 and (stronger or since >= config.window / 4) and _made_room(pattern)


def _has_drifted(pattern: Pattern) -> bool:
    """Tell whether the pattern is retired, and for its drift alone."""
    refusing = [verdict.gate for verdict in pattern.verdicts if verdict.ruling == "refuse"]
    return pattern.state == "retired" and refusing == [DRIFT]


def _lacked_evidence(pattern: Pattern) -> bool:
    """Tell whether the pattern is retired, and only because runs of its evidence were missing."""
    refusing = [verdict for verdict in pattern.verdicts if verdict.ruling == "refuse"]
    return pattern.state == "retired" and bool(refusing) and all("missing" in each.numbers for each in refusing)


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
