"""A template as a document: the same lines give the same text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from kintsugi.logs.mask import WILD
from kintsugi.logs.miner import REST
from kintsugi.logs.minutes import Burst
from kintsugi.logs.shown import fenced, one_line
from kintsugi.logs.template import Template
from kintsugi.logs.values import Values

FREQUENT = 8
"""Values that are named of each place."""

BURSTS = 5
"""Bursts that are named; all are counted."""

TITLE_WIDTH = 160
_TEMPLATE_WIDTH = 4_000


@dataclass(frozen=True)
class TemplateDocument:
    """One template of a log, as a document.

    Attributes:
        template_id: digest of the template's text; the same event has the same id in every log and partition.
        title: level and template on one line, without characters that can't be seen.
        markdown: what is known of it; whatever comes from the log stands in code blocks.
        metadata: ``level``, ``events``, ``lines``, ``bursts``, ``ahead``, and where the log has times, ``first_seen``
            and ``last_seen`` in ISO 8601 and UTC; all as text.
    """

    template_id: str
    title: str
    markdown: str
    metadata: Mapping[str, str]


def document_of(template: Template, span: tuple[float, float] | None) -> TemplateDocument:
    """Return the document of a template in a log that covers ``span``: its first and last time, if it has times."""
    bursts = template.minutes.bursts(*span) if span else []
    title = one_line(f"{template.level} {_readable(template)}").replace("`", "'")
    if len(title) > TITLE_WIDTH:
        title = title[: TITLE_WIDTH - 1] + "…"
    return TemplateDocument(
        template.id, title, _markdown(template, bursts), {**_facts(template), "bursts": str(len(bursts))}
    )


def _readable(template: Template) -> str:
    return "other messages" if template.tokens == REST else template.text.replace(WILD, "…")


def _facts(template: Template) -> dict[str, str]:
    facts = {
        "level": template.level,
        "events": str(template.count),
        "lines": str(template.lines),
        "ahead": str(template.ahead),
    }
    if template.first is not None and template.last is not None:
        facts |= {"first_seen": _clock(template.first), "last_seen": _clock(template.last)}
    return facts


def _markdown(template: Template, bursts: list[Burst]) -> str:
    parts = ["# Log event", fenced([_numbered(template)[:_TEMPLATE_WIDTH]]), _summary(template, bursts)]
    if bursts:
        parts += ["## Bursts", "\n".join(_burst_lines(bursts))]
    values = list(_value_lines(template))
    if values:
        parts += ["## Values", fenced(values)]
    if template.examples:
        parts += ["## Examples", *(fenced([example]) for example in template.examples)]
    return "\n\n".join(parts) + "\n"


def _numbered(template: Template) -> str:
    """Return the template with its places numbered, as the list of values names them."""
    if template.tokens == REST:
        return "messages beyond the number of templates that are kept"
    places = {position: number for number, position in enumerate(sorted(template.values), 1)}
    return " ".join(
        token.replace(WILD, f"<{places[position]}>", 1) if position in places else token
        for position, token in enumerate(template.tokens)
    )


def _summary(template: Template, bursts: list[Burst]) -> str:
    sentences = [f"{_counted(template.count, 'event')} in {_counted(template.lines, 'line')} of the log."]
    if template.first is not None and template.last is not None:
        sentences.append(f"First seen {_clock(template.first)}, last seen {_clock(template.last)}.")
    named = sorted(level for level in template.levels if level)
    if named:
        counts = ", ".join(f"{level} {template.levels[level]}" for level in named)
        sentences.append(f"Levels: {counts}.")
    if template.ahead:
        sentences.append(f"{_counted(template.ahead, 'event')} with a clock ahead, counted as seen at the end.")
    if bursts:
        sentences.append(f"{_counted(len(bursts), 'burst')}.")
    return " ".join(sentences)


def _burst_lines(bursts: list[Burst]) -> Iterator[str]:
    biggest = sorted(bursts, key=lambda burst: (-burst.lines, burst.start))[:BURSTS]
    for burst in sorted(biggest, key=lambda burst: burst.start):
        yield f"- {_clock(burst.start)} to {_clock(burst.end)}: {_counted(burst.lines, 'event')}"
    if len(bursts) > len(biggest):
        yield f"- and {len(bursts) - len(biggest)} smaller"


def _value_lines(template: Template) -> Iterator[str]:
    for number, (_, values) in enumerate(sorted(template.values.items()), 1):
        yield f"<{number}> {_value_line(values)}"


def _value_line(values: Values) -> str:
    more = "" if values.exact else "at least "
    line = f"{more}{values.distinct} different"
    numbers = values.numbers()
    if numbers is not None and values.distinct > 1:
        unit = f" {numbers.unit}" if numbers.unit else ""
        line += f"; from {numbers.smallest:.12g} to {numbers.biggest:.12g}{unit}, median {numbers.median:.12g}"
    frequent = ", ".join(f"{one_line(value) or 'nothing'} ({count})" for value, count in values.most_frequent(FREQUENT))
    return f"{line}: {frequent}" if values.exact else f"{line}; frequent: {frequent}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
