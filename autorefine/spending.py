"""How much doubt each candidate may cost, so that of all that is ever admitted only a stated share is chance.

Candidates come one after the other and nobody knows how many there will be. The j-th one that is looked at may err with
αⱼ = α · γⱼ · (D + 1), where D is how many were admitted before and the γⱼ sum to 1 (LOND; Javanmard & Montanari, On
Online Control of False Discovery Rate, arXiv 1502.06197, section 2). That bounds the false discovery rate by α where
the tests of candidates that make no difference are independent; here they share a window of runs, so it is a guide more
than a bound.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from autorefine.pattern import Pattern

_DECAY = 1.6
_SUM = 2.2857656
"""The sum of j to the power of −1.6 over all j, from 1."""


@dataclass
class Spending:
    """How many candidates were looked at so far, how many of them were admitted, and the rate that may be false."""

    rate: float
    looked_at: int = 0
    admitted: int = 0

    @staticmethod
    def after(patterns: Iterable[Pattern], rate: float) -> "Spending":
        """Return what was spent on the patterns of a repository."""
        spending = Spending(rate)
        for pattern in patterns:
            spending.looked_at += pattern.looks > 0
            spending.admitted += _was_admitted(pattern)
        return spending

    @property
    def level(self) -> float:
        """The chance with which the next candidate may be admitted though it makes no difference."""
        decayed: float = (self.looked_at + 1) ** -_DECAY
        return self.rate * decayed / _SUM * (self.admitted + 1)

    def saw(self, was: Pattern, now: Pattern) -> None:
        """Count what has just been judged."""
        self.looked_at += now.looks > 0 and not was.looks
        self.admitted += _was_admitted(now) and not _was_admitted(was)


def _was_admitted(pattern: Pattern) -> bool:
    return any(verdict.gate == "replay" and verdict.admitted for verdict in pattern.verdicts)
