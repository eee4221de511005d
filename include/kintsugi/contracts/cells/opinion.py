"""What relations among columns say of the cells of each row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Opinion:
    """What a relation says of a value: positive log odds against it, negative for it, 0 when it can't say."""

    odds: float
    expected: str


SILENT = Opinion(0.0, "")


@dataclass(frozen=True)
class Relation:
    """Which columns tell which, and how a person is told that a cell doesn't fit."""

    telling: tuple[str, ...]
    told: str
    reason: str


@dataclass(frozen=True)
class Votes:
    """What every relation says of every row.

    Attributes:
        relations: the relations, in the order of the rest.
        odds: rows × relations, the log odds of `Opinion`.
        missing: rows × relations, whether there is no value in the cell that is told.
        expected: for each relation, what it expects of each row.
    """

    relations: Sequence[Relation]
    odds: "NDArray[np.float64]"
    missing: "NDArray[np.bool_]"
    expected: Sequence["NDArray[Any]"]

    def about(self, name: str) -> list[int]:
        """Return which relations tell a column."""
        return [place for place, each in enumerate(self.relations) if each.told == name]
