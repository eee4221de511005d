"""A template and what is known of the events that have it."""

from collections import Counter
from collections.abc import Sequence

from kintsugi.documents.identity import digest
from kintsugi.logs.event import Event
from kintsugi.logs.mask import WILD
from kintsugi.logs.minutes import Minutes
from kintsugi.logs.shape import Slot
from kintsugi.logs.values import Values

EXAMPLES = 3
MAX_SLOTS = 16
"""Places of a template whose values are kept."""

_EXAMPLE_WIDTH = 2_000


class Template:
    """What the events of one template have in common and how they differ, in bounded memory.

    Attributes:
        tokens: the words of the message; those that vary hold `WILD`.
        count: events.
        lines: lines of those events, continuation lines included.
        first: when the first was seen, seconds since the epoch; ``None`` when no event has a time.
        last: when the last was seen.
        ahead: events that carry a time after now; they count as seen now.
        levels: how many events have which level; "" where a line names none.
        values: by position in ``tokens``.
    """

    __slots__ = (
        "_examples",
        "_successor",
        "ahead",
        "count",
        "first",
        "last",
        "levels",
        "lines",
        "minutes",
        "tokens",
        "values",
    )

    def __init__(self, tokens: tuple[str, ...]) -> None:
        self.tokens = tokens
        self.count = 0
        self.lines = 0
        self.first: float | None = None
        self.last: float | None = None
        self.ahead = 0
        self.levels: Counter[str] = Counter()
        self.minutes = Minutes()
        self.values: dict[int, Values] = {}
        self._examples: list[tuple[int, str]] = []
        self._successor: Template | None = None

    @property
    def text(self) -> str:
        """The template as a message."""
        return " ".join(self.tokens)

    @property
    def id(self) -> str:
        """The same for the same text, in every log and partition."""
        return digest("log-template", self.text)

    @property
    def level(self) -> str:
        """The level of most events, the first by name of those that are equally frequent; "" for none."""
        return min(self.levels, key=lambda level: (-self.levels[level], level), default="")

    @property
    def examples(self) -> list[str]:
        """The first messages that differ, at most `EXAMPLES`."""
        return [text for _, text in self._examples]

    def current(self) -> "Template":
        """Return the template that this one has become part of; itself while it stands alone."""
        found = self
        while found._successor is not None:
            found = found._successor
        return found

    def add(self, event: Event, words: Sequence[str], slots: Sequence[Slot], now: float) -> None:
        """Count an event whose message has this template's words."""
        self.count += 1
        self.lines += event.lines
        time = event.time
        if time is not None:
            if time > now:
                self.ahead += 1
                time = now
            if self.first is None or time < self.first:
                self.first = time
            if self.last is None or time > self.last:
                self.last = time
            self.minutes.add(time)
        self.levels[event.level] += 1
        for slot in slots:
            values = self.values.get(slot.position)
            if values is None:
                if len(self.values) >= MAX_SLOTS:
                    continue
                values = self.values[slot.position] = Values()
            values.add(slot.value(words))
        if len(self._examples) < EXAMPLES:
            self._keep(event.number, event.text)

    def absorb(self, other: "Template") -> None:
        """Take in all that is known of another template, which is part of this one from now on.

        Where this one's token is open and the other's is a word, that word is one of the values.
        """
        for position, values in _aligned(other, self.tokens):
            if position in self.values:
                self.values[position].absorb(values)
            elif len(self.values) < MAX_SLOTS:
                self.values[position] = values
        self.count += other.count
        self.lines += other.lines
        self.ahead += other.ahead
        self.levels.update(other.levels)
        self.minutes.absorb(other.minutes)
        self.first = min((time for time in (self.first, other.first) if time is not None), default=None)
        self.last = max((time for time in (self.last, other.last) if time is not None), default=None)
        for number, text in other._examples:
            self._keep(number, text)
        self._examples = sorted(self._examples)[:EXAMPLES]
        other._successor = self

    def _keep(self, number: int, text: str) -> None:
        text = text[:_EXAMPLE_WIDTH]
        if all(text != known for _, known in self._examples):
            self._examples.append((number, text))


def _aligned(other: Template, tokens: tuple[str, ...]) -> list[tuple[int, Values]]:
    """Return the values of a template as values of the places that ``tokens`` leave open."""
    if len(tokens) != len(other.tokens):
        return []
    aligned = []
    for position, (token, its) in enumerate(zip(tokens, other.tokens, strict=True)):
        if WILD in its and position in other.values:
            aligned.append((position, other.values[position]))
        elif WILD in token and WILD not in its:
            before, _, after = token.partition(WILD)
            aligned.append((position, Values.constant(its[len(before) : len(its) - len(after)], other.count)))
    return aligned
