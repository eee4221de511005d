"""What a pattern is called and how its advice reads; made from the symbols alone, so it always reads the same."""

from collections.abc import Sequence

from autorefine.evidence import Effect
from autorefine.machine import Machine
from autorefine.match import Guard
from autorefine.proportions import Table
from autorefine.symbols import SAW, words_of

MAX_NAME = 120
MAX_GUIDELINE = 2_000

_HERE = " Seen here: "


def skill_name(signature: Sequence[str], guard: Guard | None, *, avoid: bool) -> str:
    """Return a name such as "After SourceUnavailable in fetch, wait_for_source before backfill_gap"."""
    actions = [words_of(symbol) for symbol in signature]
    doing = " before ".join(actions) if len(actions) < 3 else ", then ".join(actions)
    advice = f"avoid {doing}" if avoid else doing
    return shortened(advice if guard is None else f"After {_situation(guard.symbol)}, {advice}")


def procedure_name(signature: Sequence[str]) -> str:
    """Return a name such as "fetch → validate → load"."""
    return shortened(" → ".join(words_of(symbol) for symbol in signature))


def skill_guideline(signature: Sequence[str], guard: Guard | None, support: Table, told: str, *, avoid: bool) -> str:
    """Return the advice with the plain counts behind it, and what is known about the `difference`."""
    verb = "succeeded" if guard is None else "recovered"
    return f"{skill_name(signature, guard, avoid=avoid)}: {counts(support, verb)}{told}."


def procedure_guideline(signature: Sequence[str], machine: Machine, support: Table, told: str) -> str:
    """Return the procedure with its limit, and the plain counts behind it."""
    steps = " → ".join(
        words_of(symbol) + (" (may repeat)" if symbol in machine.repeatable else "") for symbol in signature
    )
    followed = counts(support, "succeeded")
    return f"Procedure of at most {machine.step_limit} steps: {steps}: {followed}{told}."


def with_counts(advice: str, support: Table, told: str) -> str:
    """Return advice that was worded elsewhere with what was seen of it here; counts from before are replaced."""
    seen = f"{_HERE}{counts(support, 'succeeded')}{told}."
    return advice.partition(_HERE)[0][: MAX_GUIDELINE - len(seen)] + seen


def worded_elsewhere(guideline: str) -> bool:
    """Tell whether somebody else has worded the advice, such as a language model or whoever it was imported from."""
    return _HERE in guideline


def counts(support: Table, verb: str) -> str:
    """Return how many of those who followed succeeded, and how many of the others."""
    if not support.followed:
        return "no run did so yet"
    followed = f"{support.followed_succeeded} of {support.followed} {verb}"
    if support.otherwise == 0:
        return f"{followed}, no run without it to compare with"
    return f"{followed}, {support.otherwise_succeeded} of {support.otherwise} otherwise"


def difference(effect: Effect | None, *, held_out: bool = False) -> str:
    """Return the matched difference with its interval in brackets; nothing without an effect.

    Args:
        effect: what was measured.
        held_out: on runs that the pattern was not drawn from, as the replay gate matched them.
    """
    if effect is None:
        return ""
    low, high = f"{100 * effect.low:+.0f}", f"{100 * effect.high:+.0f}"
    certainty = f"p = {effect.p:.2g}" if effect.q is None else f"q = {effect.q:.2g}"
    among = "on runs that it was not drawn from" if held_out else "within one agent version"
    return f" ({among} {100 * effect.size:+.0f} points, 95 % interval {low} to {high}, {certainty})"


def _situation(symbol: str) -> str:
    return f"seeing {words_of(symbol)}" if symbol.startswith(SAW) else words_of(symbol)


def shortened(text: str) -> str:
    """Return a text of at most 120 characters."""
    return text if len(text) <= MAX_NAME else text[: MAX_NAME - 1].rstrip() + "…"
