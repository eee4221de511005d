"""What was measured of a pattern elsewhere is a claim here: it stands beside the pattern and counts for nothing."""

from dataclasses import replace

from autorefine.evidence import Effect
from autorefine.moments import is_sign
from autorefine.pattern import Pattern
from autorefine.proportions import Table
from autorefine.sign_wording import sign_name
from autorefine.verdict import Verdict
from autorefine.wording import counts, difference, procedure_name, skill_name, with_counts, worded_elsewhere

IMPORT = "import"
"""Name of what holds a pattern from elsewhere until the gates here let it pass."""

_NOTHING = Table(0, 0, 0, 0)


def claim(support: Table | None, effect: Effect | None) -> Verdict:
    """Return the verdict that says of a pattern that it comes from elsewhere, and which figures came with it.

    ``numbers`` are named ``claimed_…``; no gate reads them.

    Args:
        support: the plain counts behind it there; ``None`` where nothing was said.
        effect: the effect that was measured there.
    """
    if support is None and effect is None:
        return Verdict(IMPORT, "hold", "comes from elsewhere; nothing of it was measured here")
    claimed = f"{counts(support, 'succeeded') if support else 'an effect'}{difference(effect)}"
    numbers: dict[str, float] = {}
    if support is not None:
        numbers |= {
            "claimed_followed": support.followed,
            "claimed_followed_succeeded": support.followed_succeeded,
            "claimed_otherwise": support.otherwise,
            "claimed_otherwise_succeeded": support.otherwise_succeeded,
        }
    if effect is not None:
        numbers |= {"claimed_effect": effect.size, "claimed_low": effect.low, "claimed_high": effect.high}
    return Verdict(IMPORT, "hold", f"comes from elsewhere, where it claims {claimed}; measured here: nothing", numbers)


def as_candidate(pattern: Pattern, claimed: Verdict) -> Pattern:
    """Return what the pattern says, as a candidate that rests on nothing yet.

    It is named by its own symbols. Advice that somebody has worded is kept, since that is what it says; counts in it
    are not.

    Raises:
        ValueError: it is called a sign and has none.
    """
    name = _name(pattern)
    worded = worded_elsewhere(pattern.guideline)
    return replace(
        pattern,
        name=name,
        guideline=one_line(with_counts(pattern.guideline, _NOTHING, "")) if worded else f"{name}: not seen here yet.",
        evidence=(),
        effect=None,
        state="candidate",
        counters={},
        verdicts=(claimed,),
        looks=0,
        withdrawals=(),
        drawn_from="elsewhere",
        version=0,
    )


def _name(pattern: Pattern) -> str:
    if pattern.kind == "sign":
        if not pattern.signature or not is_sign(pattern.signature[0]):
            raise ValueError("signature: expected a sign")
        return sign_name(pattern.signature[0], avoid=pattern.avoid)
    if pattern.kind == "subagent":
        return procedure_name(pattern.signature)
    return skill_name(pattern.signature, pattern.guard, avoid=pattern.avoid)


def one_line(text: str) -> str:
    """Return text on one line, without what does not print."""
    return "".join(each for each in " ".join(text.split()) if each.isprintable())
