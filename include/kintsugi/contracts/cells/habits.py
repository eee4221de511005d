"""What is known of a table, and the judgement of its rows by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kintsugi.contracts.cells import voting
from kintsugi.contracts.cells.absence import Absence
from kintsugi.contracts.cells.blame import blame
from kintsugi.contracts.cells.column import texts
from kintsugi.contracts.cells.dependencies import Dependency
from kintsugi.contracts.cells.derived import Derivation
from kintsugi.contracts.cells.evidence import confidence
from kintsugi.contracts.cells.held import Held
from kintsugi.contracts.cells.opinion import Votes
from kintsugi.contracts.cells.signals import Signals
from kintsugi.contracts.cells.swallowed import Swallowing
from kintsugi.contracts.cells.wrong_cell import Suspicion, WrongCell
from kintsugi.errors import DriftError

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Habits:
    """What a table's cells are like, for judging rows of it, also such as weren't learned from."""

    absence: Absence
    signals: Mapping[str, Signals]
    dependencies: Sequence[Dependency]
    derivations: Sequence[Derivation]
    swallowings: Sequence[Swallowing]

    def judge(self, frame: "DataFrame", first_row: int = 0) -> list[WrongCell]:
        """Return the wrong cells among these rows, by row and column.

        Args:
            frame: rows with the columns that were learned.
            first_row: what their first row is called.

        Raises:
            DriftError: a column that was learned isn't there.
        """
        names = list(self.signals)
        if frame.empty or not names:
            return []
        columns = dict(texts(frame))
        if lost := [name for name in names if name not in columns]:
            raise DriftError(
                f"rows from {first_row} can't be held against what was learned of their table",
                expected="the columns " + ", ".join(names),
                got="none of the name " + ", ".join(lost),
                next_step="learn anew, if the table has changed",
            )
        by_value = {name: {value: self.suspicions(name, value) for value in columns[name].unique()} for name in names}
        held = Held(columns, by_value, self.swallowings, self.absence)
        voted = self.votes(columns)
        odds = blame(voted, held.odds(names), {name: at for at, name in enumerate(names)})
        return [
            _wrong_cell(first_row, int(row), names[at], columns, held, voted, float(odds[row, at]))
            for row, at in zip(*(odds >= 0).nonzero(), strict=True)
        ]

    def votes(self, columns: Mapping[str, Any]) -> Votes:
        """Return what the columns of each row say of one another."""
        return voting.votes(self.dependencies, self.derivations, columns, self.absence)

    def suspicions(self, name: str, value: str) -> list[Suspicion]:
        """Return what is held against a value by itself."""
        if self.absence.is_absent(name, value):
            disguised = self.absence.judge(name, value)
            return [disguised] if disguised else []
        return self.signals[name].suspicions(value)


def _wrong_cell(
    first_row: int, row: int, name: str, columns: Mapping[str, Any], held: Held, voted: Votes, odds: float
) -> WrongCell:
    against = held.against(name, row)
    opposing = [place for place in voted.about(name) if voted.odds[row, place] > 0]
    if opposing:
        most = max(opposing, key=lambda place: voted.odds[row, place])
        sure = confidence(float(voted.odds[row, most]))
        against = [Suspicion("relation", voted.relations[most].reason, sure, voted.expected[most][row]), *against]
    strongest = max(against, key=lambda each: each.confidence, default=None)
    reason = strongest.reason if strongest else "contradicts what it tells of the other cells of its row"
    suggestion = next((each.suggestion for each in against if each.suggestion is not None), None)
    value = str(columns[name].iloc[row])
    return WrongCell(first_row + row, name, value, reason, round(confidence(odds), 4), suggestion)
