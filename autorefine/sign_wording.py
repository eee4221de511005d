"""What a sign is called, and how it reads."""

import re

from autorefine.moments import EARLIER, EVER, parts_of
from autorefine.proportions import Table
from autorefine.relations import GOT, IS, TASK
from autorefine.symbols import DO, ERROR, SAW, words_of
from autorefine.wording import counts, shortened

_ONE = re.compile(r"\b1 (word|thing|part)s\b")
_WHEN = {"now": "just now", EVER: "at some point", EARLIER: "three or more steps before"}
_SAID = {DO: "did", ERROR: "failed with", SAW: "saw", IS: "the action was", GOT: "got"}


def sign_name(sign: str, *, avoid: bool) -> str:
    """Return a name such as "Warning: just now, got a failure"."""
    return shortened(f"{'Warning' if avoid else 'Good sign'}: {said_of(sign)}")


def sign_guideline(sign: str, support: Table, told: str, *, avoid: bool) -> str:
    """Return what the sign says of the end, the plain counts behind it, and what is known about the `difference`."""
    advice = " Change course, or look up what helped others" if avoid else " Keep to this course"
    return f"{sign_name(sign, avoid=avoid)}: {counts(support, 'succeeded')}{told}.{advice}."


def said_of(sign: str) -> str:
    """Return a sign in words, such as "one step before, did SHOW TABLES"."""
    place, symbol = parts_of(sign)
    if symbol.startswith(TASK):
        words = words_of(symbol)
        return f"the task has {words}" if " " in words else f"the task says “{words}”"
    verb = next((verb for kind, verb in _SAID.items() if symbol.startswith(kind)), "showed")
    return f"{_WHEN.get(place, place)}, {verb} " + _ONE.sub(r"1 \1", words_of(symbol))
