"""A proposal in words, for messages and for the person who decides."""

import re

from kintsugi.contracts.mapping import was_compared
from kintsugi.records import SchemaProposal

_UNSAFE = re.compile(r"[`|<>\[\]\x00-\x1f\x7f]")
_WIDTH = 60
_SHOWN = 20
_NOT_COMPARED = "too many columns to look for renamings among them"


def in_a_sentence(proposal: SchemaProposal) -> str:
    """Return the changes on one line, e.g. ``renamed name → full_name (0.91); removed phone``."""
    parts = [
        _part(
            "renamed", [f"{_name(each.agreed)} → {_name(each.present)} ({each.score:.2f})" for each in proposal.pairs]
        ),
        _part("retyped", [f"{_name(each.column)} from {each.before} to {each.now}" for each in proposal.retyped]),
        _part("added", [_name(each) for each in proposal.added]),
        _part("removed", [_name(each) for each in proposal.removed]),
    ]
    if not was_compared(proposal):
        parts.append(_NOT_COMPARED)
    return "; ".join(part for part in parts if part) or "nothing changed"


def as_table(proposal: SchemaProposal) -> str:
    """Return the changes as a Markdown table with the scores; the source's names can't break out of it."""
    types = {each.name: each.type for each in proposal.present}
    lines = [
        "| in the source now | agreed name | what | score | names | values |",
        "|---|---|---|---|---|---|",
        *(
            f"| `{_name(each.present)}` | `{_name(each.agreed)}` | renamed | {each.score:.2f} | {each.names:.2f} | "
            + ("–" if each.values is None else f"{each.values:.2f}")
            + " |"
            for each in proposal.pairs
        ),
        *(f"| | `{_name(each.column)}` | {each.before} → {each.now} | | | |" for each in proposal.retyped),
        *(f"| `{_name(each)}` | `{_name(each)}` | added, {types[each]} | | | |" for each in proposal.added),
        *(f"| – | `{_name(each)}` | removed | | | |" for each in proposal.removed),
    ]
    more = len(lines) - 2 - _SHOWN
    table = lines[: 2 + _SHOWN] + ([f"| … | | {more} more | | | |"] if more > 0 else [])
    return "\n".join(table if was_compared(proposal) else [*table, "", f"There are {_NOT_COMPARED}."])


def _part(what: str, items: list[str]) -> str:
    more = [f"{len(items) - _SHOWN} more"] if len(items) > _SHOWN else []
    return f"{what} {', '.join(items[:_SHOWN] + more)}" if items else ""


def _name(name: str) -> str:
    shown = _UNSAFE.sub("·", name)
    return shown if len(shown) <= _WIDTH else shown[: _WIDTH - 1] + "…"
