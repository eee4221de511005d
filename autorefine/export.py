"""A pattern as a SKILL.md: advice that people and agents read, with its provenance in front."""

import json
import re
from collections.abc import Iterator
from typing import Any

from autorefine.pattern import Pattern
from autorefine.symbols import SAW, words_of

MAX_NAME = 64
MAX_DESCRIPTION = 1024
MOST_TRAJECTORIES = 40


def skill_markdown(pattern: Pattern) -> str:
    """Return the pattern as Markdown with YAML front matter after the Agent Skills specification.

    ``name`` has at most 64 of a–z, 0–9 and hyphens, ``description`` at most 1,024 characters; ``metadata`` carries the
    kind, the counts, the effect with its interval, and the newest trajectories on both sides.
    """
    return "\n".join((*_front_matter(pattern), "", pattern_markdown(pattern)))


def pattern_markdown(pattern: Pattern) -> str:
    """Return the pattern as Markdown for people: advice, situation, actions, evidence and what each gate said.

    The text depends on what the pattern says and on what it rests, never on how often it was used: it changes only when
    the expertise does.
    """
    return "\n".join((f"# {_plain(pattern.name)}", "", *_body(pattern), ""))


def skill_slug(pattern: Pattern) -> str:
    """Return a unique name of at most 64 small letters, digits and hyphens, that ends with the pattern's id."""
    words = re.sub(r"[^a-z0-9]+", "-", pattern.name.lower())[: MAX_NAME - len(pattern.id) - 1].strip("-")
    return f"{words}-{pattern.id}".strip("-")


def _front_matter(pattern: Pattern) -> Iterator[str]:
    yield "---"
    yield f"name: {skill_slug(pattern)}"
    yield f"description: {_quoted(pattern.guideline[:MAX_DESCRIPTION])}"
    yield "metadata:"
    for key, value in _provenance(pattern).items():
        yield f"  {key}: {_quoted(value)}"
    yield "---"


def _provenance(pattern: Pattern) -> dict[str, Any]:
    support, effect = pattern.support, pattern.effect
    followed = [item.trajectory for item in pattern.evidence if item.steps]
    otherwise = [item.trajectory for item in pattern.evidence if not item.steps]
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
    }


def _body(pattern: Pattern) -> Iterator[str]:
    yield _plain(pattern.guideline)
    if pattern.guard is not None:
        verb = "seeing" if pattern.guard.symbol.startswith(SAW) else "the failure"
        situation = _code(words_of(pattern.guard.symbol))
        yield from ("", "## When", "", f"After {verb} {situation}, within {pattern.guard.reach} steps.")
    yield from ("", "## What to avoid" if pattern.avoid else "## What to do", "")
    repeatable = pattern.machine.repeatable if pattern.machine else frozenset()
    for number, symbol in enumerate(pattern.signature, start=1):
        yield f"{number}. {_code(words_of(symbol))}{' (may repeat)' if symbol in repeatable else ''}"
    if pattern.machine is not None:
        yield from ("", f"Stop after {pattern.machine.step_limit} steps.")
    yield from ("", "## Evidence", "", *_evidence(pattern))


def _evidence(pattern: Pattern) -> Iterator[str]:
    support, effect = pattern.support, pattern.effect
    yield f"- Runs that did so: {support.followed_succeeded} of {support.followed} succeeded."
    yield f"- Comparable runs that did not: {support.otherwise_succeeded} of {support.otherwise} succeeded."
    if effect is not None:
        size, low, high = (f"{100 * value:+.0f}" for value in (effect.size, effect.low, effect.high))
        yield f"- Within one agent version: {size} points, 95 % interval {low} to {high}."
    for verdict in pattern.verdicts:
        yield f"- Gate {verdict.gate}: {verdict.ruling}, {_plain(verdict.reason)}."


def _quoted(text: str) -> str:
    """Return a YAML scalar; every JSON string is one."""
    return json.dumps(text, ensure_ascii=False)


def _plain(text: str) -> str:
    """Return text from outside without what Markdown would take for tags, links or code; words stay as they are."""
    return text.replace("<", "‹").replace(">", "›").replace("`", "'").replace("](", "] (")


def _code(text: str) -> str:
    return f"`{_plain(text)}`"
