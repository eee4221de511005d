"""A readable account of an agent's run, as Markdown: the same run gives the same text."""

import re
from datetime import UTC, datetime

from autorefine.readers.run import AgentRun, Said, excerpt
from autorefine.trajectory import Step

MAX_ACCOUNT = 120_000
"""Characters after which an account ends; the steps beyond are counted."""

_MAX_TASK = 4000
_MAX_TEXT = 2000
_MAX_ARGUMENT = 500
_SHORT = 80
_LOOKED_AT = 10_000
_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_FENCE = re.compile(r"`{3,}")
_LAST_SECOND = 253_402_300_799.0


def title_of(run: AgentRun) -> str:
    """Return the title: how it ended, and the beginning of the task."""
    task = _inline(run.task or run.task_id or run.id)
    return f"{outcome_of(run).capitalize()}: {task[:120]}{'…' if len(task) > 120 else ''}"


def outcome_of(run: AgentRun) -> str:
    """Return how it ended in a word or three."""
    return {True: "success", False: "failure", None: "outcome unknown"}[run.success]


def account_of(run: AgentRun) -> str:
    """Return task, outcome and steps; what is long is cut in the middle."""
    task = _readable(run.task, _MAX_TASK).strip()
    parts = [f"# {title_of(run)}", _summary(run), "## Task", task or "Not told.", "## Steps"]
    length = sum(len(part) for part in parts)
    number = 0
    for n, each in enumerate(run.course):
        number += isinstance(each, Step)
        shown = _step(number, each) if isinstance(each, Step) else _said(each)
        length += sum(len(part) for part in shown)
        if length > MAX_ACCOUNT:
            parts.append(f"… and {len(run.course) - n:,} more steps and messages.")
            break
        parts += shown
    if not run.course:
        parts.append("None.")
    return "\n\n".join(part for part in parts if part) + "\n"


def _summary(run: AgentRun) -> str:
    who = f"Agent `{_inline(run.agent)}`" if run.agent else "An agent"
    version = f", version `{_inline(run.agent_version)}`" if run.agent_version else ""
    decided = f" (by {_inline(run.outcome_source)})" if run.success is not None and run.outcome_source else ""
    steps = run.steps
    failed = sum(step.error is not None for step in steps)
    seconds = sum(step.seconds for step in steps)
    lines = [
        f"{who}{version}: **{outcome_of(run)}**{decided} after {len(steps)} steps"
        + (f", {failed} of them with an error" if failed else "")
        + (f", {seconds:.1f} s in them" if seconds else "")
        + ".",
        f"Run `{_inline(run.id)}`" + (f", started {_moment(run.started_at)} UTC." if run.started_at else "."),
    ]
    named = {"Task": run.task_id, "Group": run.group, **run.facts}
    lines += [f"{name}: `{_inline(value)}`." for name, value in named.items() if value]
    return " ".join(lines)


def _step(number: int, step: Step) -> list[str]:
    took = f" ({step.seconds:.1f} s)" if step.seconds else ""
    short = "\n" not in step.action and len(step.action) <= _SHORT
    parts = [f"### {number}. `{_inline(step.action)}`{took}" if short else f"### {number}.{took}"]
    if not short:
        parts.append(_fenced(_readable(step.action, _MAX_TEXT)))
    if step.arguments:
        parts.append("\n".join(f"- {_inline(name)}: {_value(value)}" for name, value in step.arguments.items()))
    if step.error is not None:
        parts.append(f"Error: {_value(step.error)}")
    if step.observation:
        parts.append(_fenced(_readable(step.observation, _MAX_TEXT)))
    return parts


def _said(said: Said) -> list[str]:
    text = _readable(said.text.strip(), _MAX_TEXT)
    quoted = "\n".join(f"> {line}".rstrip() for line in text.splitlines())
    return [f"{_inline(said.speaker).capitalize()}:", quoted] if text else []


def _readable(text: str, longest: int) -> str:
    """Return an excerpt without what a terminal would act on; of output that is no text, only how much there was."""
    plain = _TERMINAL.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    controls = len(_CONTROL.findall(plain[:_LOOKED_AT]))
    if controls * 10 > min(len(plain), _LOOKED_AT):
        return f"({len(text):,} characters that are no text)"
    return excerpt(_CONTROL.sub("\ufffd", plain), longest)


def _value(text: str) -> str:
    return f"`{_inline(_readable(text, _MAX_ARGUMENT))}`" if text else "nothing"


def _inline(text: str) -> str:
    return _CONTROL.sub("\ufffd", " ".join(text.replace("`", "'").split()))


def _fenced(text: str) -> str:
    longest = max((len(found[0]) for found in _FENCE.finditer(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{text.rstrip()}\n{fence}"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(min(max(seconds, 0.0), _LAST_SECOND), UTC).strftime("%Y-%m-%d %H:%M:%S")
