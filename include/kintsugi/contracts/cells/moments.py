"""A column writes its dates and times in one format: values that write theirs in another."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from kintsugi.contracts.cells.column import Column, ranked
from kintsugi.contracts.cells.wrong_cell import Suspicion

SIGNAL = "moments"

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\.?"
_DAY = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
    rf"|{_MONTH} \d{{1,2}},? \d{{4}}|\d{{1,2}}[ -]{_MONTH}[ -](?:\d{{4}}|\d{{2}}))"
)
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:[ap]\.?m\.?)?(?:z|[+-]\d{2}:?\d{2})?"
_MOMENT = re.compile(rf"(?:{_DAY}|{_TIME}|{_DAY}[t ,]\s?{_TIME}|{_TIME},? {_DAY})", re.IGNORECASE)

MISTAKEN = "mistaken moment"
_MISTAKEN = re.compile(rf"(?:\d{{1,2}}-{_MONTH}|{_MONTH}-\d{{2,4}})", re.IGNORECASE)
_UNLETTERED = 0.5
"""Share of values without a letter, from which a month is out of place."""

_MOMENTS = 0.7
_LEAD = 2
"""The convention has this many times the rows of any other format."""

Judge = Callable[[str], Suspicion | None]


@dataclass(frozen=True)
class MomentFormat:
    """The format that a column of dates or times has."""

    convention: str
    example: str

    def judge(self, value: str) -> Suspicion | None:
        """Return a suspicion against a date in another format, or against what isn't a date."""
        if format_of(value) == self.convention:
            return None
        kind = "a date or time in another format than" if _MOMENT.fullmatch(value.strip()) else "no date or time like"
        return Suspicion(SIGNAL, f"{kind} {self.example}", 0.85)


def learn(column: Column) -> MomentFormat | None:
    """Return the column's format; ``None`` when it isn't of dates or times, or has no format that leads."""
    moments = [value for value in column.present if _MOMENT.fullmatch(value.strip())]
    if not moments or column.share(sum(column.present[value] for value in moments)) < _MOMENTS:
        return None
    formats = ranked((format_of(value), column.present[value]) for value in moments)
    (convention, rows), *others = formats.items()
    if others and rows < _LEAD * others[0][1]:
        return None
    return MomentFormat(convention, next(value for value in moments if format_of(value) == convention))


def learn_mistaken(column: Column) -> Judge | None:
    """Return a judge of months in a column of numbers and codes: ``6-70`` that a spreadsheet has read as ``Jun-70``.

    A well-known corruption (Ziemann et al. 2016, gene names). ``None`` where most values have letters of their own.
    """
    unlettered = sum(rows for value, rows in column.present.items() if not any(map(str.isalpha, value)))
    return _judge_mistaken if column.filled and column.share(unlettered) > _UNLETTERED else None


def _judge_mistaken(value: str) -> Suspicion | None:
    if _MISTAKEN.fullmatch(value.strip()) is None:
        return None
    return Suspicion(MISTAKEN, "is a month, as a spreadsheet makes of two numbers", 0.85)


def format_of(value: str) -> str:
    """Return the format: a year of four digits as ``Y``, other numbers as ``9``, words as ``a``, in capitals ``A``."""
    words = re.sub(r"[A-Za-z]+", lambda found: "A" if found[0].isupper() else "a", value)
    return re.sub(r"\d+", "9", re.sub(r"(?<!\d)\d{4}(?!\d)", "Y", words))
