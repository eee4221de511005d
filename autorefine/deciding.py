"""Which verdict explains what has just become of a pattern: what the audit writes down, and what it passes over."""

import re

from autorefine.audit import FOUND, MERGED
from autorefine.pattern import Pattern
from autorefine.report import deciding
from autorefine.verdict import Verdict

_FIGURES = re.compile(r"[-+−]?\d+(\.\d+)?")


def decided(was: Pattern | None, now: Pattern) -> Verdict | None:
    """Return the verdict that led from ``was`` to ``now``; ``None`` where nothing was decided.

    Decided is: a new pattern, another state, a candidate that is held for another reason (other figures in the same
    sentence are none), an active pattern that is confirmed on more runs, a pattern that took another one in.
    """
    if was is None:
        return Verdict(FOUND, "hold", "found by extraction", _figures(now))
    if was.state == "retired" and now.state == "candidate":
        return Verdict(FOUND, "hold", "found again", _figures(now))
    if absorbed := [each for each in now.parents if each not in was.parents]:
        return Verdict(MERGED, "admit", f"took in {', '.join(absorbed)}, which says the same")
    verdict = next(iter(deciding(now)), None)
    if was.state != now.state:
        return verdict
    if verdict is None:
        return None
    if now.state == "active":
        return verdict if verdict not in was.verdicts else None
    if now.state == "candidate":
        return verdict if _kind(verdict) not in map(_kind, was.verdicts) else None
    return None


def _kind(verdict: Verdict) -> tuple[str, str, str]:
    return verdict.gate, verdict.ruling, _FIGURES.sub("#", verdict.reason)


def _figures(pattern: Pattern) -> dict[str, float]:
    if pattern.effect is None:
        return {}
    return {"p": pattern.effect.p} | ({} if pattern.effect.q is None else {"q": pattern.effect.q})
