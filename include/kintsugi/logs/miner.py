"""Templates from messages, online and in bounded memory."""

from collections.abc import Sequence

from kintsugi.logs.cluster import clustered
from kintsugi.logs.event import Event
from kintsugi.logs.mask import WILD, masked
from kintsugi.logs.shape import Slot, shape_of
from kintsugi.logs.template import Template

MAX_TEMPLATES = 1_000
"""Templates that are kept; the rarest beyond it become one, `REST`."""

MAX_SHAPES = 3_000
"""Shapes that are held at most; when there are more, they are merged into templates."""

MAX_WORDS = 120
"""Words of a message that make its template; what follows varies."""

REST = ("…",)
"""The tokens of the template that holds the messages beyond `MAX_TEMPLATES`."""

_REMEMBERED_WORDS = 50_000
_REMEMBERED_WIDTH = 64
_REMEMBERED_KEYS = 500_000
"""Words of all keys together."""


class TemplateMiner:
    """Finds the templates of messages.

    A message becomes a shape by its words alone (`shape_of`); shapes are merged into templates when there are many and
    at the end (`clustered`), so that what varies is decided on everything seen so far. Not thread-safe.

    Args:
        now: seconds since the epoch; events after it are counted as ahead.
        max_templates: see `MAX_TEMPLATES`.
        max_shapes: see `MAX_SHAPES`; at least twice ``max_templates``.
    """

    def __init__(self, *, now: float, max_templates: int = MAX_TEMPLATES, max_shapes: int = MAX_SHAPES) -> None:
        self._now = now
        self._max_templates = max_templates
        self._max_shapes = max(max_shapes, 2 * max_templates)
        self._templates: dict[tuple[str, ...], Template] = {}
        self._masks: dict[str, str] = {}
        self._known: dict[tuple[str, ...], tuple[Template, Sequence[Slot]]] = {}
        self._known_words = 0

    def add(self, event: Event) -> Template:
        """Count an event and return its template so far; `Template.current` follows it through later merges."""
        words = event.message.split(None, MAX_WORDS)
        masks = self._masks
        key = tuple([masks.get(word) or self._masked(word) for word in words])
        if len(words) > MAX_WORDS:
            key = (*key[:MAX_WORDS], WILD)
        template, slots = self._known.get(key) or self._meet(key)
        template.add(event, words, slots, self._now)
        if len(self._templates) > self._max_shapes:
            self._merge()
        return template

    def templates(self) -> list[Template]:
        """Return the templates of all that was added, the most frequent first. More may be added afterwards."""
        self._merge()
        return sorted(self._templates.values(), key=lambda each: (-each.count, each.tokens))

    def _masked(self, word: str) -> str:
        found = masked(word)
        if len(word) <= _REMEMBERED_WIDTH:
            if len(self._masks) >= _REMEMBERED_WORDS:
                self._masks.clear()
            self._masks[word] = found
        return found

    def _meet(self, key: tuple[str, ...]) -> tuple[Template, Sequence[Slot]]:
        self._known_words += len(key)
        if self._known_words > _REMEMBERED_KEYS:
            self._forget()
        shape = shape_of(key)
        template = self._templates.get(shape.tokens)
        if template is None:
            template = self._templates[shape.tokens] = Template(shape.tokens)
        self._known[key] = (template, shape.slots)
        return template, shape.slots

    def _merge(self) -> None:
        into = clustered({tokens: template.count for tokens, template in self._templates.items()})
        merged: dict[tuple[str, ...], Template] = {}
        for tokens, template in self._templates.items():
            _put(merged, into[tokens], template)
        if len(merged) > self._max_templates:
            for template in sorted(merged.values(), key=lambda each: (-each.count, each.tokens))[self._max_templates :]:
                del merged[template.tokens]
                _put(merged, REST, template)
        self._templates = merged
        self._forget()

    def _forget(self) -> None:
        self._known.clear()
        self._known_words = 0


def _put(merged: dict[tuple[str, ...], Template], tokens: tuple[str, ...], template: Template) -> None:
    if tokens == template.tokens and tokens not in merged:
        merged[tokens] = template
        return
    if tokens not in merged:
        merged[tokens] = Template(tokens)
    merged[tokens].absorb(template)
