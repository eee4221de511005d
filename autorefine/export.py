"""A pattern as a SKILL.md: advice that people and agents read, with its provenance in front; and patterns as JSON."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from autorefine.pattern import Pattern
from autorefine.sign_wording import said_of
from autorefine.symbols import SAW, words_of

MAX_NAME = 64
MAX_DESCRIPTION = 1024
MOST_TRAJECTORIES = 40

SKILL_FILE = "SKILL.md"
EVIDENCE_FILE = "references/evidence.json"
SAYS = "says"
"""The key of the metadata under which a pattern stands as JSON, so that `importing.read_skills` gives it back."""

_SAID = ("id", "kind", "name", "guideline", "signature", "guard", "avoid", "scope", "effect", "machine", "created_at")
_ID = 16
_LONGEST_WHEN = 300
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def write_skills(patterns: Iterable[Pattern], folder: Path) -> list[Path]:
    """Write a folder for each pattern and return the folders; what stands there of an earlier export is replaced.

    Each holds ``SKILL.md`` after the Agent Skills specification, and ``references/evidence.json`` with every run behind
    it.
    """
    written = []
    for pattern in patterns:
        skill = folder / skill_slug(pattern)
        evidence = skill / EVIDENCE_FILE
        evidence.parent.mkdir(parents=True, exist_ok=True)
        evidence.write_text(json.dumps([item.to_document() for item in pattern.evidence], indent=1), encoding="utf-8")
        (skill / SKILL_FILE).write_text(skill_markdown(pattern), encoding="utf-8", newline="\n")
        written.append(skill)
    return written


def patterns_json(patterns: Iterable[Pattern]) -> str:
    """Return patterns as one JSON document, whole, for `importing.read_patterns_json` and for people."""
    return json.dumps({"patterns": [pattern.to_document() for pattern in patterns]}, indent=1) + "\n"


def skill_markdown(pattern: Pattern) -> str:
    """Return the pattern as Markdown with YAML front matter after the Agent Skills specification.

    ``name`` has at most 64 of a–z, 0–9 and single hyphens, ``description`` at most 1,024 characters and says what the
    pattern advises and when; ``metadata`` maps text to text: the kind, the counts, the effect with its interval, the
    newest trajectories on both sides, and the pattern itself as JSON. See https://agentskills.io/specification.
    """
    return "\n".join((*_front_matter(pattern), "", pattern_markdown(pattern)))


def pattern_markdown(pattern: Pattern) -> str:
    """Return the pattern as Markdown for people: advice, situation, actions, evidence and what each gate said.

    The text depends on what the pattern says and on what it rests, never on how often it was used: it changes only when
    the expertise does.
    """
    return "\n".join((f"# {_plain(pattern.name)}", "", *_body(pattern), ""))


def skill_slug(pattern: Pattern) -> str:
    """Return a name of at most 64 small letters, digits and single hyphens, that ends with the pattern's id."""
    identity = re.sub(r"[^a-z0-9]", "", pattern.id.lower())[:_ID] or "x"
    words = re.sub(r"[^a-z0-9]+", "-", pattern.name.lower())[: MAX_NAME - len(identity) - 1].strip("-")
    return f"{words}-{identity}" if words else identity


def skill_description(pattern: Pattern) -> str:
    """Return what the pattern advises and when to use it, in at most 1,024 characters on one line."""
    when = f" Use it {_when(pattern)}."
    advice = _plain(pattern.guideline)
    room = MAX_DESCRIPTION - len(when)
    return (advice if len(advice) <= room else advice[: room - 1].rstrip() + "…") + when


def _when(pattern: Pattern) -> str:
    if pattern.guard is not None:
        situation = _plain(words_of(pattern.guard.symbol))
        return f"after {'seeing' if pattern.guard.symbol.startswith(SAW) else 'the failure'} {situation}"[
            :_LONGEST_WHEN
        ]
    if pattern.kind == "sign":
        return "while a run goes on, to judge how it will end"
    return "when a task is planned or begun"


def _front_matter(pattern: Pattern) -> Iterator[str]:
    yield "---"
    yield f"name: {skill_slug(pattern)}"
    yield f"description: {_quoted(skill_description(pattern))}"
    yield "metadata:"
    for key, value in _provenance(pattern).items():
        yield f"  {key}: {_quoted(value)}"
    yield "---"


def _provenance(pattern: Pattern) -> dict[str, str]:
    support, effect = pattern.support, pattern.told
    followed = [item.trajectory for item in pattern.evidence if item.steps]
    otherwise = [item.trajectory for item in pattern.evidence if not item.steps]
    document = pattern.to_document()
    return {
        "pattern": pattern.id,
        "kind": pattern.kind,
        "state": pattern.state,
        "agents": ", ".join(pattern.scope.agents),
        "followed": f"{support.followed_succeeded} of {support.followed} succeeded",
        "otherwise": f"{support.otherwise_succeeded} of {support.otherwise} succeeded",
        "effect": f"{effect.size:+.3f}" if effect else "not comparable",
        "interval": f"{effect.low:+.3f} to {effect.high:+.3f}" if effect else "none",
        "parents": " ".join(pattern.parents),
        "trajectories-followed": " ".join(followed[-MOST_TRAJECTORIES:]),
        "trajectories-otherwise": " ".join(otherwise[-MOST_TRAJECTORIES:]),
        SAYS: json.dumps({key: document[key] for key in (*_SAID, "parents")}),
    }


def _body(pattern: Pattern) -> Iterator[str]:
    yield _plain(pattern.guideline)
    if pattern.guard is not None:
        verb = "seeing" if pattern.guard.symbol.startswith(SAW) else "the failure"
        situation = _code(words_of(pattern.guard.symbol))
        yield from ("", "## When", "", f"After {verb} {situation}, within {pattern.guard.reach} steps.")
    if pattern.kind == "sign":
        yield from ("", "## What to look for", "", *(f"- {_plain(said_of(sign))}" for sign in pattern.signature))
        yield from ("", "## Evidence", "", *_evidence(pattern))
        return
    yield from ("", "## What to avoid" if pattern.avoid else "## What to do", "")
    repeatable = pattern.machine.repeatable if pattern.machine else frozenset()
    for number, symbol in enumerate(pattern.signature, start=1):
        yield f"{number}. {_code(words_of(symbol))}{' (may repeat)' if symbol in repeatable else ''}"
    if pattern.machine is not None:
        yield from ("", f"Stop after {pattern.machine.step_limit} steps.")
    yield from ("", "## Evidence", "", *_evidence(pattern))


def _evidence(pattern: Pattern) -> Iterator[str]:
    support, effect = pattern.support, pattern.told
    if support.followed:
        yield f"- Runs that did so: {support.followed_succeeded} of {support.followed} succeeded."
        yield f"- Comparable runs that did not: {support.otherwise_succeeded} of {support.otherwise} succeeded."
    else:
        yield "- No run did so yet."
    if effect is not None:
        size, low, high = (f"{100 * value:+.0f}" for value in (effect.size, effect.low, effect.high))
        among = "Within one agent version" if pattern.held_out is None else "On runs that it wasn't drawn from, matched"
        yield f"- {among}: {size} points, 95 % interval {low} to {high}."
    for verdict in pattern.verdicts:
        yield f"- Gate {verdict.gate}: {verdict.ruling}, {_plain(verdict.reason)}."


def _quoted(text: str) -> str:
    """Return a YAML scalar on one line: a JSON string, in which what YAML takes for a break or refuses is escaped."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _plain(text: str) -> str:
    """Return text from outside on one line, without what Markdown would take for tags, links or code."""
    words = " ".join(text.encode("utf-8", "replace").decode().split())
    return words.replace("<", "‹").replace(">", "›").replace("`", "'").replace("](", "] (")


def _code(text: str) -> str:
    return f"`{_plain(text)}`"
