"""What became of each item of a bulk request."""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

from kintsugi.stores.opensearch.errors import BLOCK, PASSING, Answer, reasons, types

BREAKER = "circuit_breaking_exception"
_WORDS = re.compile(r"circuit.?breaker|circuit_breaking|data too large|native memory|\[parent\]", re.IGNORECASE)
_MAPPING = ("mapper_parsing_exception", "document_parsing_exception", "parse_exception", "illegal_argument_exception")


class Verdict(Enum):
    """What is done with an item: ``AGAIN`` is sent again, ``REFUSED`` never, the last three end the whole write."""

    DONE = "done"
    ABSENT = "absent"
    AGAIN = "again"
    REFUSED = "refused"
    BLOCKED = "blocked"
    MISSING = "missing"
    FORBIDDEN = "forbidden"


def answer_to(item: Mapping[str, Any]) -> Answer:
    """Return what the engine says about an item."""
    result = next(iter(item.values()))
    told = result.get("error")
    if isinstance(told, dict):
        kind = BREAKER if BREAKER in types(told) else str(told.get("type", ""))
        return Answer(int(result["status"]), kind, reasons(told))
    return Answer(int(result["status"]), str(result.get("result", "")), str(told or ""))


def judged(answer: Answer) -> Verdict:
    """Return what is done with an item.

    A tripped breaker that calls itself a mapping error is refused here: `may_be_a_breaker` has its counters asked.
    """
    if answer.status < 300:
        return Verdict.DONE
    if answer.type == "not_found":
        return Verdict.ABSENT
    if answer.type == BLOCK:
        return Verdict.BLOCKED
    if answer.type == "index_not_found_exception":
        return Verdict.MISSING
    if answer.status in (401, 403):
        return Verdict.FORBIDDEN
    if answer.status in (409, 429) or answer.status >= 500 or answer.type == BREAKER:
        return Verdict.AGAIN
    return Verdict.REFUSED


def may_be_a_breaker(answer: Answer) -> bool:
    """Return whether a refusal is of the kind that a tripped breaker hides behind, so that its counters decide.

    The reason alone decides nothing: it quotes the document.
    """
    return answer.type in _MAPPING or _WORDS.search(f"{answer.type} {answer.reason}") is not None


def may_be_its_fault(answer: Answer) -> bool:
    """Return whether the engine failed at the item itself, rather than for want of room or of a shard."""
    return answer.status >= 500 and answer.status not in PASSING and answer.type != BREAKER
