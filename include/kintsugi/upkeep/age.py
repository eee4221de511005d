"""Which of two texts is older, by the versions and dates in lines that are otherwise the same. Pure."""

import re
from dataclasses import dataclass

MOST_DIGITS = 18
"""Of a part of a version: what is longer is another number, and slow to read."""

_DATED = re.compile(rf"\bv?(\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,{MOST_DIGITS}}}(?:\.\d{{1,{MOST_DIGITS}}})+)\b")
_DATE, _VERSION = "\ndate", "\nversion"  # no line has a line break, so that none says this itself
MOST_LINES = 5_000


@dataclass(frozen=True)
class OlderLine:
    """A line that both texts have, with a lower version or earlier date in the older one."""

    older: str
    newer: str


@dataclass(frozen=True)
class Ages:
    """Lines in which one text is older, and lines in which the other is."""

    one_is_older: tuple[OlderLine, ...]
    other_is_older: tuple[OlderLine, ...]


def ages(one: str, other: str) -> Ages:
    """Compare the versions and dates in lines that are equal but for them; lines that come twice are left out."""
    first, second = _by_shape(one), _by_shape(other)
    lower: list[OlderLine] = []
    higher: list[OlderLine] = []
    for shape in first.keys() & second.keys():
        if shape is None or first[shape] is None or second[shape] is None or first[shape] == second[shape]:
            continue
        mine, theirs = str(first[shape]), str(second[shape])
        compared = [(_parts(a), _parts(b)) for a, b in zip(_DATED.findall(mine), _DATED.findall(theirs), strict=True)]
        if all(a == b for a, b in compared):
            continue
        if all(a <= b for a, b in compared):
            lower.append(OlderLine(mine, theirs))
        elif all(a >= b for a, b in compared):
            higher.append(OlderLine(theirs, mine))
    return Ages(tuple(sorted(lower, key=str)), tuple(sorted(higher, key=str)))


def _by_shape(text: str) -> dict[str, str | None]:
    lines: dict[str, str | None] = {}
    for line in text.splitlines()[:MOST_LINES]:
        if _DATED.search(line):
            shape = _DATED.sub(lambda found: _DATE if "-" in found.group() else _VERSION, line.strip())
            lines[shape] = None if shape in lines else line.strip()
    return lines


def _parts(dated: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.split(r"[-.]", dated))
