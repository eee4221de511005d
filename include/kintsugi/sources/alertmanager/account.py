"""A readable account of an alert, as Markdown: the same record gives the same text."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from kintsugi.records import ReceivedAlert

TOLD = ("summary", "message", "description", "runbook_url", "runbook")
"""Annotations that are told as text, in this order; the others are listed."""

LONGEST_TITLE = 200
_MARKUP = re.compile(r"^( {0,3})(#|`{3}|~{3}|={2,}[ \t]*$|-{2,}[ \t]*$)", re.MULTILINE)


def title_of(alert: ReceivedAlert) -> str:
    """Return the title: its name, and what it says in short."""
    summary = _line(alert.annotations.get("summary") or alert.annotations.get("message") or "")
    return f"{_line(alert.name)}: {summary}"[:LONGEST_TITLE] if summary else _line(alert.name)[:LONGEST_TITLE]


def account_of(alert: ReceivedAlert) -> str:
    """Return what fired, when and for how long, what is said about it, and its labels."""
    parts = [f"# {title_of(alert)}", _course(alert)]
    told = {name: alert.annotations[name] for name in TOLD if alert.annotations.get(name, "").strip()}
    for name, text in told.items():
        parts.append(f"Runbook: {_line(text)}" if name.startswith("runbook") else _prose(text))
    if alert.labels:
        parts += ["## Labels", _list(alert.labels)]
    if rest := {name: text for name, text in alert.annotations.items() if name not in told and text.strip()}:
        parts += ["## Annotations", _list(rest)]
    return "\n\n".join(parts) + "\n"


def duration(seconds: float) -> str:
    """Return a time span in words, to the second: ``2 h 3 min 0 s``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours} h " if hours else "") + (f"{minutes} min " if hours or minutes else "") + f"{rest} s"


def _course(alert: ReceivedAlert) -> str:
    severity = alert.labels.get("severity", "")
    graded = f" (severity **{_line(severity)}**)" if severity else ""
    fired = f"Alert `{_code(alert.name)}`{graded} began to fire at {_clock(alert.started_at)} UTC"
    if alert.ended_at is None:
        return f"{fired}; its end is not known."
    lasted = duration(alert.ended_at - alert.started_at)
    return f"{fired} and was resolved at {_clock(alert.ended_at)} UTC, after {lasted}."


def _list(facts: Mapping[str, str]) -> str:
    return "\n".join(f"- `{_code(name)}`: {_line(text)}" for name, text in sorted(facts.items()))


def _prose(text: str) -> str:
    """Return the text with nothing in it that would be a heading or open a block of code."""
    return _MARKUP.sub(r"\1\\\2", "\n".join(line.rstrip() for line in text.strip().splitlines()))


def _line(text: str) -> str:
    return " ".join(text.split())


def _code(text: str) -> str:
    return _line(text).replace("`", "'")


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
