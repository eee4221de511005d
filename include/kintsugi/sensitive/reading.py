"""A text as a reader sees it: without invisible characters, with look-alike letters as what they look like."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from kintsugi.sensitive.finding import Finding
from kintsugi.sensitive.grams import grams

if TYPE_CHECKING:
    from kintsugi.sensitive.grams import Grams

_LOWERED = {ord("İ"): "i"}
"""The one letter whose lower case is two characters (Unicode SpecialCasing): offsets must stay."""


@dataclass(frozen=True)
class Edit:
    """``text[start:end]`` becomes ``replacement``."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True)
class Reading:
    """The plain text that detectors search, and the way back to the offsets of the stored one.

    Attributes:
        plain: the text after ``edits``.
        edits: what was taken out of or changed in the stored text; in order, never overlapping.
    """

    plain: str
    edits: tuple[Edit, ...] = field(default=())

    @classmethod
    def of(cls, text: str, edits: tuple[Edit, ...]) -> "Reading":
        """Return the reading of a text after these edits."""
        return cls(applied(text, edits), edits)

    @cached_property
    def lower(self) -> str:
        """``plain`` in lower case, character by character: offsets are the same."""
        lower = self.plain.lower()
        return lower if len(lower) == len(self.plain) else self.plain.translate(_LOWERED).lower()

    @cached_property
    def grams(self) -> "Grams":
        """`kintsugi.sensitive.grams.grams` of ``lower``, which every search for words starts from."""
        return grams(self.lower)

    def in_the_text(self, finding: Finding) -> Finding:
        """Return a finding of ``plain`` with the offsets of the stored text; edits inside of it are part of it."""
        if not self.edits:
            return finding
        return replace(finding, start=self._stored(finding.start), end=self._stored(finding.end - 1) + 1)

    def _stored(self, at: int) -> int:
        starts, ends, stored_ends = self._places
        which = bisect_right(starts, at) - 1
        if which < 0:
            return at
        if at < ends[which]:
            edit = self.edits[which]
            return min(edit.start + at - starts[which], edit.end - 1)
        return stored_ends[which] + at - ends[which]

    @cached_property
    def _places(self) -> tuple[list[int], list[int], list[int]]:
        growths = accumulate((len(each.replacement) - (each.end - each.start) for each in self.edits), initial=0)
        starts = [each.start + grown for each, grown in zip(self.edits, growths, strict=False)]
        ends = [start + len(each.replacement) for start, each in zip(starts, self.edits, strict=True)]
        return starts, ends, [each.end for each in self.edits]


def applied(text: str, edits: tuple[Edit, ...]) -> str:
    """Return the text after the edits."""
    if not edits:
        return text
    parts: list[str] = []
    done = 0
    for edit in edits:
        parts += (text[done : edit.start], edit.replacement)
        done = edit.end
    return "".join((*parts, text[done:]))


def moved(offsets: Iterable[int], edits: Sequence[Edit]) -> list[int]:
    """Return where offsets of the stored text lie after the edits; one inside of an edit goes to where that begins."""
    starts = [each.start for each in edits]
    shifts = list(accumulate((len(each.replacement) - (each.end - each.start) for each in edits), initial=0))
    result = []
    for offset in offsets:
        which = bisect_right(starts, offset) - 1
        inside = which >= 0 and offset < edits[which].end
        result.append(starts[which] + shifts[which] if inside else offset + shifts[which + 1])
    return result


def line_around(text: str, start: int, end: int, reach: int) -> tuple[int, int]:
    """Return where the line around ``text[start:end]`` begins and ends, going no further than ``reach`` characters."""
    first = text.rfind("\n", max(0, start - reach), start) + 1
    last = text.find("\n", end, end + reach)
    return first or max(0, start - reach), last if last >= 0 else min(len(text), end + reach)
