"""From suspicions to log odds and back: signals add up, and dependencies speak for a cell as well as against it."""

import math
from collections.abc import Iterable

from kintsugi.contracts.cells.wrong_cell import Suspicion

NOTHING_HELD = -1.0
"""Log odds of a cell against which no signal speaks: dependencies have to outweigh this."""

_COMPARED = 5


def own_odds(suspicions: Iterable[Suspicion]) -> float:
    """Return the log odds of independent suspicions together (noisy or)."""
    wrong = 1 - math.prod(1 - each.confidence for each in suspicions)
    return math.log(wrong / max(1e-6, 1 - wrong)) if wrong > 0 else NOTHING_HELD


def confidence(odds: float) -> float:
    """Return log odds as a confidence of 0 to 1."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, odds))))


def trust(opposed: int, supported: int) -> float:
    """Return what a signal's confidence is multiplied by, from how dependencies see the cells that it suspects.

    1 while at least half of them are opposed by other rows too, or too few can be compared; less with each supported.
    """
    if opposed + supported < _COMPARED:
        return 1.0
    return min(1.0, 2 * (opposed + 1) / (opposed + supported + 2))
