"""Whether values are missing, or come twice, more often than usual."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any, Protocol, runtime_checkable

from kintsugi.contracts.baseline import FEWEST, Baseline
from kintsugi.contracts.drift import RateDrift
from kintsugi.contracts.robust import spread
from kintsugi.contracts.volume import LIMIT
from kintsugi.documents.identity import digest
from kintsugi.records import PartitionProfile
from kintsugi.sources.partitions import WHOLE
from kintsugi.sources.port import Source
from kintsugi.sources.tabular.values import shown

LEAP = 0.2
"""A rate has to be this much above everything that was taken in before."""

_ROWS = 10_000
"""Rows that are counted at most: the rates of a sample of this size are off by a hundredth."""

_FEW_ROWS = 20
_COLUMNS = 100
_KEY_LIKE = 0.05
_LEAST_NOISE = 0.01


@runtime_checkable
class GivesRows(Protocol):
    """A source whose rows can be looked at apart from the documents that they become."""

    def frame_rows(self, partition: str, limit: int | None = None) -> Iterator[Mapping[str, Any]]:
        """Yield the partition's rows under their agreed names."""
        ...


def rates_of(source: Source, partition: str) -> dict[str, Any]:
    """Return ``rows``, ``nulls`` and ``repeats`` of a partition, as `Figures` has them; nothing for no rows.

    A list of changes has no rates: its rows are not the partition's.

    Raises:
        SourceUnavailable: the source stopped answering.
    """
    if not isinstance(source, GivesRows) or (partition == WHOLE and not source.complete):
        return {}
    rows = 0
    empty: dict[str, int] = {}
    different: dict[str, set[str]] = {}
    for row in source.frame_rows(partition, _ROWS):
        rows += 1
        for name, value in list(row.items())[:_COLUMNS]:
            values = different.setdefault(name, set())
            if value is None or value == "":
                empty[name] = empty.get(name, 0) + 1
            else:
                values.add(digest(shown(value), size=8))
    if not rows:
        return {}
    filled = {name: rows - empty.get(name, 0) for name in different}
    return {
        "rows": rows,
        "nulls": {name: empty.get(name, 0) / rows for name in different},
        "repeats": {name: 1 - len(values) / filled[name] for name, values in different.items() if filled[name]},
    }


def require_usual_rates(profile: PartitionProfile, baselines: Sequence[Baseline]) -> None:
    """Return when no rate leaps: above all that was taken in before by `LEAP`, and by `LIMIT` standard deviations.

    Single bad rows are refused one by one; this is for a column that is empty all at once, or rows that were sent
    twice. Repeats are judged in columns where hardly any value used to come twice: keys. Listings from before a column
    existed say nothing about it.

    Raises:
        RateDrift: one does.
    """
    now = profile.figures
    former = [each for each in baselines[-1].figures if each.rows >= _FEW_ROWS] if baselines else []
    if now.rows < _FEW_ROWS:
        return
    for name, rate in now.nulls.items():
        _require(profile, name, "rows without a value", rate, _known((each.nulls for each in former), name))
    for name, rate in now.repeats.items():
        before = _known((each.repeats for each in former), name)
        if before and max(before) <= _KEY_LIKE:
            _require(profile, name, "values that come twice", rate, before)


def _known(rates: Iterable[Mapping[str, float]], name: str) -> list[float]:
    return [each[name] for each in rates if name in each]


def _require(profile: PartitionProfile, name: str, what: str, rate: float, before: Sequence[float]) -> None:
    if len(before) < FEWEST:
        return
    usual, most, rows = median(before), max(before), profile.figures.rows
    noise = max(spread(before), (usual * (1 - usual) / rows) ** 0.5, _LEAST_NOISE)
    if rate - most < LEAP or rate - usual < LIMIT * noise:
        return
    raise RateDrift(
        f"source {profile.source}, partition {profile.key}: column {name} has far more {what} than usual",
        expected=f"about {usual:.1%}, {most:.1%} at most",
        got=f"{rate:.1%} of {rows} rows",
        next_step="correct the source and run the partition again; if it is meant, trigger the DAG with the "
        'configuration {"accept_rates": true}',
    )
