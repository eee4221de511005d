"""The preservation gate: does the pattern leave alone what already works?"""

from collections.abc import Sequence

from autorefine.config import RefineConfig
from autorefine.evidence import Evidence, gather
from autorefine.gates.replay import at_look
from autorefine.matching import Matched, chances, matched
from autorefine.pattern import Pattern
from autorefine.proportions import matched_difference
from autorefine.trace import Trace
from autorefine.verdict import Verdict

GATE = "preservation"


def preservation(pattern: Pattern, held_out: Sequence[Trace], config: RefineConfig, look: int = 1) -> Verdict:
    """Rule on each agent version alone: a gain on average must not hide a loss for one of them.

    *Refuse* when comparable held-out runs of some agent version that went against the advice succeeded more often than
    chance explains, however often one looks. *Hold* when they did at this look, and when no version has
    ``config.min_held_out`` runs on both sides, so that nothing at all can be seen; else *admit*. Runs are matched as
    the replay gate matches them, and what may be chance is shared among the versions. ``look`` counts looks at
    held-out data, from 1.
    """
    if pattern.kind == "sign":
        return Verdict(GATE, "admit", "a sign asks for no action, so it can harm none")
    evidence = gather(held_out, pattern.guard, pattern.signature)
    versions = _by_version(held_out)
    least = config.min_held_out
    found = {name: matched(ours, pattern.guard, pattern.signature, least) for name, ours in versions.items()}
    seen = {name: pairs for name, pairs in found.items() if min(pairs.followed, pairs.otherwise) >= least}
    numbers: dict[str, float] = {"strata": len(seen), "otherwise_succeeded": _succeeded_without(evidence, pattern)}
    if not seen:
        reason = f"no agent version has {least} held-out runs on each side"
        return Verdict(GATE, "hold", reason, numbers)
    alpha = (1 - config.confidence) / 2 / len(seen)
    p, name = min((_chance_of_harm(pattern, pairs, versions[name]), name) for name, pairs in seen.items())
    if p > alpha:
        return Verdict(GATE, "admit", f"no harm to be seen in any of {len(seen)} agent versions", numbers)
    difference = matched_difference(seen[name].tables, config.confidence)
    size = difference.size if difference else 0.0
    harm = f"harm {name}: {100 * size:+.0f} points within one {seen[name].within}, p = {p:.2g}"
    numbers |= {"size": size, "p": p}
    if p > at_look(alpha, look):
        return Verdict(GATE, "hold", f"it may {harm}", numbers)
    return Verdict(GATE, "refuse", f"it would {harm}", numbers)


def _by_version(held_out: Sequence[Trace]) -> dict[str, list[Trace]]:
    versions: dict[str, list[Trace]] = {}
    for trace in held_out:
        versions.setdefault(trace.stratum, []).append(trace)
    return versions


def _chance_of_harm(pattern: Pattern, pairs: Matched, ours: Sequence[Trace]) -> float:
    followers_gain, others_gain = chances(pairs, ours, pattern.guard, pattern.signature)
    return followers_gain if pattern.avoid else others_gain


def _succeeded_without(evidence: Sequence[Evidence], pattern: Pattern) -> int:
    """Count the successes that went against the advice: what the pattern would have told to do otherwise."""
    return sum(item.success and bool(item.steps) == pattern.avoid for item in evidence)
