"""What signals hold against the cells of some rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kintsugi.contracts.cells.absence import Absence
from kintsugi.contracts.cells.evidence import own_odds
from kintsugi.contracts.cells.swallowed import Swallowing
from kintsugi.contracts.cells.wrong_cell import Suspicion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Held:
    """What is held against each cell of some rows by its value, and by the cell beside it.

    Args:
        columns: the rows' values as text, by column.
        by_value: what is held against each distinct value of each column.
        swallowings: which columns swallow which.
        absence: what stands for no value.
    """

    def __init__(
        self,
        columns: Mapping[str, Any],
        by_value: Mapping[str, Mapping[str, list[Suspicion]]],
        swallowings: Sequence[Swallowing],
        absence: Absence,
    ) -> None:
        self._columns = columns
        self._by_value = by_value
        self._beside: dict[str, dict[int, Suspicion]] = {}
        for each in swallowings:
            for row, (of_eater, of_eaten) in _swallowed(each, columns, absence):
                self._beside.setdefault(each.eater, {})[row] = of_eater
                self._beside.setdefault(each.eaten, {})[row] = of_eaten

    def against(self, name: str, row: int) -> list[Suspicion]:
        """Return everything that is held against a cell."""
        beside = self._beside.get(name, {}).get(row)
        by_value = self._by_value[name][self._columns[name].iloc[row]]
        return [*by_value, beside] if beside else by_value

    def odds(self, names: Sequence[str]) -> "NDArray[np.float64]":
        """Return the log odds of each cell, rows × names."""
        import numpy as np

        odds = np.empty((len(self._columns[names[0]]), len(names)))
        for place, name in enumerate(names):
            by_value = {value: own_odds(held) for value, held in self._by_value[name].items()}
            odds[:, place] = self._columns[name].map(by_value)
            for row in self._beside.get(name, {}):
                odds[row, place] = own_odds(self.against(name, row))
        return odds


def _swallowed(
    swallowing: Swallowing, columns: Mapping[str, Any], absence: Absence
) -> Iterator[tuple[int, tuple[Suspicion, Suspicion]]]:
    by_value = {value: swallowing.suspicions(value) for value in columns[swallowing.eater].unique()}
    cells = zip(columns[swallowing.eater], columns[swallowing.eaten], strict=True)
    for row, (value, beside) in enumerate(cells):
        both = by_value[value]
        if both is not None and absence.is_absent(swallowing.eaten, beside):
            yield row, both
