"""The preservation gate: does the pattern leave alone what already works?"""

from collections.abc import Sequence

from autorefine.config import RefineConfig
from autorefine.evidence import Evidence, gather, tally_by_stratum
from autorefine.gates.replay import as_claimed, corrected
from autorefine.pattern import Pattern
from autorefine.proportions import Table, newcombe
from autorefine.trace import Trace
from autorefine.verdict import Verdict

GATE = "preservation"


def preservation(pattern: Pattern, held_out: Sequence[Trace], config: RefineConfig, look: int = 1) -> Verdict:
    """Rule on each agent version alone: a gain on average must not hide a loss for one of them.

    *Refuse* when held-out runs of some agent version that went against the advice succeeded clearly more often (the
    interval of the difference lies wholly on that side); *hold* when no version has ``config.min_held_out`` runs on
    both sides, and nothing at all can be seen; else *admit*. ``look`` counts looks at held-out data, from 1.
    """
    if pattern.kind == "sign":
        return Verdict(GATE, "admit", "a sign asks for no action, so it can harm none")
    evidence = gather(held_out, pattern.guard, pattern.signature)
    strata = list(dict.fromkeys(item.stratum for item in evidence))
    tables = dict(zip(strata, tally_by_stratum(evidence), strict=True))
    seen = {name: table for name, table in tables.items() if _enough(table, config.min_held_out)}
    numbers: dict[str, float] = {"strata": len(seen), "otherwise_succeeded": _succeeded_without(evidence, pattern)}
    if not seen:
        reason = f"no agent version has {config.min_held_out} held-out runs on each side"
        return Verdict(GATE, "hold", reason, numbers)
    for name, table in seen.items():
        claimed = as_claimed(newcombe(table, corrected(config.confidence, look)), avoid=pattern.avoid)
        if claimed.high < 0:
            reason = (
                f"it would harm {name}: {100 * claimed.size:+.0f} points, "
                f"interval {100 * claimed.low:+.0f} to {100 * claimed.high:+.0f}"
            )
            return Verdict(GATE, "refuse", reason, numbers | {"size": claimed.size, "high": claimed.high})
    return Verdict(GATE, "admit", f"no harm to be seen in any of {len(seen)} agent versions", numbers)


def _enough(table: Table, least: int) -> bool:
    return min(table.followed, table.otherwise) >= least


def _succeeded_without(evidence: Sequence[Evidence], pattern: Pattern) -> int:
    """Count the successes that went against the advice: what the pattern would have told to do otherwise."""
    return sum(item.success and bool(item.steps) == pattern.avoid for item in evidence)
