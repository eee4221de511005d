"""Studying a history at once: what is drawn from one half of the groups is judged on the other half, and turned round.

`AutoRefine` learns from a stream and holds such a sitting now and then. Where a history of runs is there already (a
benchmark, an experiment), this draws and judges once, every run being used for both, never for the same pattern.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from autorefine.config import RefineConfig
from autorefine.pattern import Pattern
from autorefine.sitting import cases_of, judged_together
from autorefine.split import balanced_halves
from autorefine.trace import Trace


@dataclass(frozen=True)
class Study:
    """What a history taught.

    Attributes:
        admitted: what contract, replay and preservation let pass, as active patterns with their verdicts.
        refused: what else extraction proposed, as candidates with their verdicts.
    """

    admitted: tuple[Pattern, ...]
    refused: tuple[Pattern, ...]

    @property
    def proposed(self) -> int:
        """How many patterns extraction proposed."""
        return len(self.admitted) + len(self.refused)


def study(traces: Sequence[Trace], config: RefineConfig, now: float = 0.0) -> Study:
    """Draw patterns from each half of the groups and judge them on the other; see `sitting.judged_together`.

    Holds a table of all runs at their first moments in memory; a long history is studied in windows.
    """
    judged = judged_together(cases_of(balanced_halves(traces), config, now), config)
    admitted = {each.id for each in judged if all(verdict.admitted for verdict in each.verdicts)}
    return Study(
        tuple(replace(each, state="active") for each in judged if each.id in admitted),
        tuple(each for each in judged if each.id not in admitted),
    )
