"""A column that is made of two others: ``al_hf-1`` of the state ``al`` and the code ``hf-1``."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kintsugi.contracts.cells.opinion import Opinion, Relation

if TYPE_CHECKING:
    from kintsugi.contracts.cells.absence import Absence

_TRIED = 200
"""Rows, spread over the table, on which a derivation is tried."""

_HOLDS = 0.7
"""Share of rows in which it holds: each of three cells may be wrong."""

_CONTRADICTS = 6.0
_HOLDING = 20.0
"""Log odds for a value that both sources give: three cells don't agree by chance, whatever other rows say."""


@dataclass(frozen=True)
class Derivation:
    """That ``made`` is the first source, what stands between, and the second."""

    first: str
    second: str
    made: str
    between: str

    def opinion(self, first: str, second: str, made: str) -> Opinion:
        """Return what the sources say of the value that was made of them."""
        expected = f"{first}{self.between}{second}"
        return Opinion(-_HOLDING if made == expected else _CONTRADICTS, expected)


def learn(columns: Mapping[str, Any], absence: "Absence") -> list[Derivation]:
    """Return the derivations that hold in most rows of a table."""
    names = [name for name in columns if columns[name].nunique() > 1]
    rows = len(next(iter(columns.values()), ()))
    places = range(0, rows, max(1, rows // _TRIED))
    sample = {
        name: [None if absence.is_absent(name, value) else value for value in columns[name].iloc[places]]
        for name in names
    }
    return [found for made in names for found in _of(made, sample)]


def _of(made: str, sample: Mapping[str, Sequence[str | None]]) -> Iterator[Derivation]:
    firsts = [name for name in sample if name != made and _mostly(str.startswith, sample[made], sample[name])]
    seconds = [name for name in sample if name != made and _mostly(str.endswith, sample[made], sample[name])]
    for first in firsts:
        for second in seconds:
            whole = [
                (one, other, value)
                for one, other, value in zip(sample[first], sample[second], sample[made], strict=True)
                if one is not None and other is not None and value is not None
            ]
            between = _between(whole)
            if first != second and between is not None:
                yield Derivation(first, second, made, between)


def _mostly(holds: Any, values: Sequence[str | None], parts: Sequence[str | None]) -> bool:
    pairs = [(value, part) for value, part in zip(values, parts, strict=True) if value and part and value != part]
    return len(pairs) >= 10 and sum(holds(value, part) for value, part in pairs) >= _HOLDS * len(pairs)


def _between(rows: Sequence[tuple[str, str, str]]) -> str | None:
    """Return what stands between the two sources in most rows; ``None`` when that isn't one and the same."""
    found: dict[str, int] = {}
    for first, second, made in rows:
        if made.startswith(first) and made.endswith(second) and len(made) >= len(first) + len(second):
            between = made[len(first) : len(made) - len(second)]
            found[between] = found.get(between, 0) + 1
    often = max(found, key=lambda between: (found[between], between), default=None)
    return often if often is not None and found[often] >= max(10, _HOLDS * len(rows)) else None


def relation(derivation: Derivation) -> Relation:
    """Return the derivation as a relation."""
    reason = f"isn't made of {derivation.first} and {derivation.second} as in the other rows"
    return Relation((derivation.first, derivation.second), derivation.made, reason)
