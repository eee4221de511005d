"""The contract gate: is the pattern well formed, bounded, free of what is forbidden, and does its evidence exist?"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from autorefine.config import RefineConfig
from autorefine.extract.procedure import MAX_STATES
from autorefine.machine import Machine
from autorefine.moments import MAX_SIGN, is_sign
from autorefine.pattern import Pattern, pattern_id
from autorefine.symbols import MAX_SYMBOL, is_action, masked, words_of
from autorefine.trace import MAX_STEPS
from autorefine.verdict import Verdict
from autorefine.wording import MAX_GUIDELINE, MAX_NAME

GATE = "contract"
_LONGEST = {"skill": MAX_SYMBOL, "subagent": MAX_SYMBOL, "sign": MAX_SIGN}
_MOST_NAMED = 5


class EvidenceStore(Protocol):
    """Where the runs are that evidence names."""

    def missing(self, trajectories: Iterable[str]) -> list[str]:
        """Return the ids of those that it doesn't have, in the order given."""
        ...


def contract(pattern: Pattern, config: RefineConfig, store: EvidenceStore | None = None) -> Verdict:
    """Refuse what is malformed, too large, recommends something forbidden, or names runs as evidence that do not exist.

    What ``config.fault_of`` finds fault with is refused as well, also in advice to *avoid* something: its words are
    handed on all the same. Held is what no run of the evidence followed; the rest is admitted. An action that the
    pattern advises to *avoid* may be a forbidden one. Without a ``store`` nobody can say whether runs exist, and none
    is missed: for patterns that were drawn from runs at hand.
    """
    breach = next(_breaches(pattern, config), None)
    if breach is not None:
        return Verdict(GATE, "refuse", breach)
    if store is not None and (missing := store.missing(item.trajectory for item in pattern.evidence)):
        named = ", ".join(missing[:_MOST_NAMED])
        reason = f"{len(missing)} of {len(pattern.evidence)} runs in the evidence do not exist: {named}"
        return Verdict(GATE, "refuse", reason, {"missing": float(len(missing))})
    if not any(item.steps for item in pattern.evidence):
        return Verdict(GATE, "hold", "no run in the evidence followed it yet")
    return Verdict(GATE, "admit", "well formed, within limits, recommends nothing that is forbidden")


def _breaches(pattern: Pattern, config: RefineConfig) -> Iterator[str]:
    if pattern.id != pattern_id(pattern.kind, pattern.signature, pattern.guard, avoid=pattern.avoid):
        yield "the id is not the hash of what the pattern says"
    longest = {"skill": config.max_length, "subagent": MAX_STATES, "sign": 1}[pattern.kind]
    if not 1 <= len(pattern.signature) <= longest:
        yield f"the signature has {len(pattern.signature)} actions, expected 1 to {longest}"
    for symbol in pattern.signature:
        known = is_sign(symbol) if pattern.kind == "sign" else is_action(symbol)
        if not known or not _is_line(symbol, _LONGEST[pattern.kind]):
            thing = "a sign" if pattern.kind == "sign" else "an action"
            yield f"{symbol[:MAX_SYMBOL]!r} is not {thing} of at most {_LONGEST[pattern.kind]} characters on one line"
    if not _is_line(pattern.name, MAX_NAME) or not _is_line(pattern.guideline, MAX_GUIDELINE):
        yield f"name and guideline: expected one line of at most {MAX_NAME} and {MAX_GUIDELINE} characters"
    if pattern.guard is not None and pattern.guard.reach < 1:
        yield f"the guard reaches {pattern.guard.reach} steps, expected at least 1"
    if (pattern.machine is None) == (pattern.kind == "subagent"):
        yield "a subagent has a machine, a skill or a sign has none"
    if pattern.kind == "sign" and pattern.guard is not None:
        yield "a sign has no guard: it is a situation itself"
    if pattern.machine is not None and (fault := _fault_of(pattern.machine, pattern.signature)):
        yield fault
    if pattern.kind != "sign" and not pattern.avoid and (text := _forbidden(pattern, config.forbidden)):
        yield f"it recommends what is forbidden: {text!r}"
    if fault := config.fault_of(_said_by(pattern)):
        yield f"it says what no pattern may say: {fault}"


def _fault_of(machine: Machine, signature: tuple[str, ...]) -> str:
    known = set(machine.states)
    if known != set(signature):
        return "the machine's states are not the actions of the signature"
    if any(not {source, target} <= known for source, target in machine.transitions):
        return "a transition leads to a state that the machine lacks"
    if not 1 <= machine.step_limit <= MAX_STEPS:
        return f"the machine's limit is {machine.step_limit} steps, expected 1 to {MAX_STEPS}"
    return ""


def _is_line(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and bool(text.strip()) and text.isprintable()


def _forbidden(pattern: Pattern, forbidden: tuple[str, ...]) -> str:
    """Return the first forbidden text that the pattern's actions, name or guideline hold, as written or masked."""
    said = [text.casefold() for text in (*map(words_of, pattern.signature), pattern.name, pattern.guideline)]
    return next((text for text in forbidden if any(each in words for each in _forms(text) for words in said)), "")


def _said_by(pattern: Pattern) -> str:
    guard = () if pattern.guard is None else (pattern.guard.symbol,)
    return "\n".join((pattern.name, pattern.guideline, *map(words_of, (*guard, *pattern.signature))))


def _forms(text: str) -> tuple[str, ...]:
    return text.casefold(), " ".join(masked(text).split()).casefold()
