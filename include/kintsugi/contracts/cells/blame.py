"""Which of two cells that contradict each other is wrong: the one that explains more of the row's contradictions.

A relation that is violated says that one of its cells is wrong. The cell on which most contradictions of a row meet
is blamed first; what it explains is taken off before the next one is looked for (a greedy vertex cover).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kintsugi.contracts.cells.opinion import Votes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_CONTRADICTED = 0.6
"""What a contradiction counts for a cell that tells, of what it counts for the one told: two together outweigh each."""


def blame(votes: Votes, own: "Floats", places: Mapping[str, int]) -> "Floats":
    """Return the log odds that each cell is wrong.

    Args:
        votes: what each relation among columns says of each row.
        own: rows × columns, the log odds of each cell by its value alone.
        places: where a column stands in ``own``.
    """
    import numpy as np

    told = np.zeros((len(votes.relations), own.shape[1]))
    telling = np.zeros_like(told)
    for place, relation in enumerate(votes.relations):
        told[place, places[relation.told]] = 1.0
        for name in relation.telling:
            telling[place, places[name]] = 1.0
    result = own + votes.odds @ told
    rows = np.flatnonzero((votes.odds > 0).any(axis=1))
    left, missing = votes.odds[rows], votes.missing[rows]
    blamed = np.zeros((len(rows), own.shape[1]), dtype=bool)
    while len(rows):
        total = _totals(left, missing, own[rows], told, telling)
        result[rows] = np.where(blamed, result[rows], own[rows] + left @ told)
        total[blamed] = -np.inf
        worst = total.argmax(axis=1)
        each = np.arange(len(rows))
        wrong = total[each, worst] > 0
        result[rows[wrong], worst[wrong]] = total[wrong, worst[wrong]]
        blamed[each[wrong], worst[wrong]] = True
        explained = ((told + telling).T[worst] > 0) & wrong[:, None]
        left = np.where(explained, 0.0, left)
        rows, left, missing, blamed = rows[wrong], left[wrong], missing[wrong], blamed[wrong]
    return result


def _totals(left: "Floats", missing: "NDArray[np.bool_]", own: "Floats", told: "Floats", telling: "Floats") -> "Floats":
    """Return each cell's odds: its own, as the one told, and as one that tells.

    Agreement of what a cell tells takes off what contradicts it, and no more: a wrong value may tell wrong ones. That a
    value is missing doesn't contradict the cell that would tell it.
    """
    import numpy as np

    as_told = left @ told
    contradicting = np.where(missing, 0.0, left)
    as_telling = np.where(contradicting > 0, _CONTRADICTED, 1.0) * contradicting @ telling
    return own + as_told + np.maximum(as_telling, -np.maximum(as_told, 0.0))
