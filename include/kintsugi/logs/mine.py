"""A log becomes its events: one document for each template.

```python
with path.open("rb") as log:
    events = mine_log(log, now=path.stat().st_mtime)
for document in events.documents():
    print(document.title, document.metadata["events"])
```
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kintsugi.logs.document import TemplateDocument, document_of
from kintsugi.logs.fold import events_of
from kintsugi.logs.lines import LogLines, Readable
from kintsugi.logs.miner import TemplateMiner
from kintsugi.logs.stamp import Clock
from kintsugi.logs.template import Template

VERSION = "log-events-1"
"""Another one whenever the same log would give other documents: what was made by an older one is to be made again."""


@dataclass(frozen=True)
class LogEvents:
    """What a log said.

    Attributes:
        templates: the most frequent first.
        lines: lines of the log; those of all templates and ``blank`` add up to it.
        blank: empty lines before the first event.
        cut: lines that were too long to be kept whole.
        damaged: lines with bytes that are not UTF-8.
        ahead: events whose time is after now.
    """

    templates: tuple[Template, ...]
    lines: int
    blank: int
    cut: int
    damaged: int
    ahead: int

    @property
    def span(self) -> tuple[float, float] | None:
        """First and last time of the log, seconds since the epoch; ``None`` when no line has a time."""
        first = [template.first for template in self.templates if template.first is not None]
        last = [template.last for template in self.templates if template.last is not None]
        return (min(first), max(last)) if first and last else None

    def documents(self) -> Iterator[TemplateDocument]:
        """Yield one document a template, the most frequent first; the same lines give the same documents."""
        span = self.span
        for template in self.templates:
            yield document_of(template, span)


def mine_log(stream: Readable, *, now: float) -> LogEvents:
    """Read a log of any length to its end, in memory that does not grow with it.

    The same bytes and the same ``now`` give the same events. Pass what belongs to the log, as the time it was last
    written, rather than the time of reading: it decides the year of times without one and which clocks are ahead.

    Args:
        stream: a binary file of text lines; JSON lines, as Airflow writes them, are understood too.
        now: seconds since the epoch; a time after it counts as ``now`` and is flagged.
    """
    lines = LogLines(stream)
    miner = TemplateMiner(now=now)
    for event in events_of(lines, Clock(now)):
        miner.add(event)
    templates = tuple(miner.templates())
    told = sum(template.lines for template in templates)
    ahead = sum(template.ahead for template in templates)
    return LogEvents(templates, lines.count, lines.count - told, lines.cut, lines.damaged, ahead)
