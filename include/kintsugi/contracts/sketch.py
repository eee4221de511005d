"""Sketches of columns: enough to tell that two columns hold the same kind of values, and none of the values."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import quantiles
from typing import Any

from kintsugi.documents.identity import digest
from kintsugi.records import ColumnSketch

MARKS = 64
"""Digests that a sketch keeps: the error of the overlap that is estimated from them is about 1/√64."""

_SHAPES = 8
_SHAPE_WIDTH = 24
_NUMBER = re.compile(r"[+-]?(\d+)(\.\d+)?([eE][+-]?\d+)?")
_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")


def sketch_of(values: Sequence[Any]) -> ColumnSketch:
    """Return the sketch of a column's values as JSON has them; ``None`` and "" are no values."""
    texts = [_text(value) for value in values if value is not None and value != ""]
    if not texts:
        return ColumnSketch(nulls=1.0 if values else 0.0)
    numbers = [float(text) for text in texts if _NUMBER.fullmatch(text) and abs(float(text)) < float("inf")]
    looks = Counter(look_of(text) for text in texts)
    shapes = Counter(shape_of(text) for text in texts).most_common(_SHAPES)
    different = set(texts)
    return ColumnSketch(
        values=len(texts),
        nulls=1 - len(texts) / len(values),
        distinct=len(different),
        marks=tuple(sorted(int(digest(text, size=4), 16) for text in different)[:MARKS]),
        shapes={shape: count / len(texts) for shape, count in shapes},
        looks={look: count / len(texts) for look, count in looks.items()},
        quantiles=_quantiles(numbers),
    )


def sketches_of(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, ColumnSketch]:
    """Return the sketch of each of these columns."""
    return {name: sketch_of([row.get(name) for row in rows]) for name in names}


def look_of(text: str) -> str:
    """Return what a value reads as: integer, number, time or text."""
    number = _NUMBER.fullmatch(text)
    if number:
        return "number" if number[2] or number[3] else "integer"
    return "time" if _TIME.fullmatch(text) else "text"


def shape_of(text: str) -> str:
    """Return the form of a value: ``A-1042`` is ``a-9``. Runs count once, so that lengths don't matter."""
    kinds = ("a" if each.isalpha() else "9" if each.isdigit() else each for each in text[:_SHAPE_WIDTH])
    return re.sub(r"([a9])\1+", r"\1", "".join(kinds))


def _text(value: Any) -> str:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else str(value)


def _quantiles(numbers: list[float]) -> tuple[float, ...]:
    if len(numbers) < 2:
        return tuple(numbers * 5)
    quarters = quantiles([number / 4 for number in numbers], n=4, method="inclusive")  # their sums stay finite
    low, middle, high = (4 * each for each in quarters)
    return (min(numbers), low, middle, high, max(numbers))
