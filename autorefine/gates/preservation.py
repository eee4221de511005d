"""The preservation gate: does the pattern leave alone what already works?"""

from collections.abc import Sequence

from autorefine.config import RefineConfig
from autorefine.evidence import Evidence, gather
from autorefine.gates.replay import at_look
from autorefine.matching import Matched, matched
from autorefine.pattern import Pattern
from autorefine.proportions import exact_p, matched_difference, turned
from autorefine.trace import Trace
from autorefine.verdict import Verdict

GATE = "preservation"


def preservation(pattern: Pattern, held_out: Sequence[Trace], config: RefineConfig, look: int = 1) -> Verdict:
    """Rule on each agent version alone: a gain on average must not hide a loss for one of them.

    *Refuse* when comparable held-out runs of some agent version that went against the advice succeeded more often than
    chance explains; *hold* when no version has ``config.min_held_out`` runs on both sides, and nothing at all can be
    seen; else *admit*. Runs are matched as the replay gate matches them, and what may be chance is shared among the
    versions. ``look`` counts looks at held-out data, from 1.
    """
    if pattern.kind == "sign":
        return Verdict(GATE, "admit", "a sign asks for no action, so it can harm none")
    evidence = gather(held_out, pattern.guard, pattern.signature)
    seen = {name: pairs for name, pairs in _by_version(pattern, held_out, config).items() if pairs is not None}
    numbers: dict[str, float] = {"strata": len(seen), "otherwise_succeeded": _succeeded_without(evidence, pattern)}
    if not seen:
        reason = f"no agent version has {config.min_held_out} held-out runs on each side"
        return Verdict(GATE, "hold", reason, numbers)
    most = at_look((1 - config.confidence) / 2, look) / len(seen)
    for name, pairs in seen.items():
        tables = pairs.tables if pattern.avoid else [turned(table) for table in pairs.tables]
        p = exact_p(tables, one_sided=True)
        if p <= most:
            difference = matched_difference(pairs.tables, config.confidence)
            size = difference.size if difference else 0.0
            reason = f"it would harm {name}: {100 * size:+.0f} points within one {pairs.within}, p = {p:.2g}"
            return Verdict(GATE, "refuse", reason, numbers | {"size": size, "p": p})
    return Verdict(GATE, "admit", f"no harm to be seen in any of {len(seen)} agent versions", numbers)


def _by_version(pattern: Pattern, held_out: Sequence[Trace], config: RefineConfig) -> dict[str, Matched | None]:
    versions: dict[str, list[Trace]] = {}
    for trace in held_out:
        versions.setdefault(trace.stratum, []).append(trace)
    found = {
        name: matched(ours, pattern.guard, pattern.signature, config.min_held_out) for name, ours in versions.items()
    }
    least = config.min_held_out
    return {name: pairs if min(pairs.followed, pairs.otherwise) >= least else None for name, pairs in found.items()}


def _succeeded_without(evidence: Sequence[Evidence], pattern: Pattern) -> int:
    """Count the successes that went against the advice: what the pattern would have told to do otherwise."""
    return sum(item.success and bool(item.steps) == pattern.avoid for item in evidence)
