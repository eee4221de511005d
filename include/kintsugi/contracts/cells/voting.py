"""Asks every dependency and derivation about every row."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kintsugi.contracts.cells import derived, majority
from kintsugi.contracts.cells.absence import Absence
from kintsugi.contracts.cells.dependencies import Dependency
from kintsugi.contracts.cells.derived import Derivation
from kintsugi.contracts.cells.opinion import SILENT, Opinion, Votes

if TYPE_CHECKING:
    from pandas import Series

Ask = Callable[[tuple[str, ...]], Opinion]
"""From the values of the columns that tell, and of the one that is told, to an opinion."""


def votes(
    dependencies: Sequence[Dependency],
    derivations: Sequence[Derivation],
    columns: "Mapping[str, Series[str]]",
    absence: Absence,
) -> Votes:
    """Return what is said of the rows of some columns. Each distinct combination of values is asked about once."""
    import numpy as np
    import pandas as pd

    asked = [
        *((majority.relation(each), _of_dependency(each, absence)) for each in dependencies),
        *((derived.relation(each), _of_derivation(each, absence)) for each in derivations),
    ]
    rows = len(next(iter(columns.values())))
    odds = np.zeros((rows, len(asked)))
    missing = np.zeros((rows, len(asked)), dtype=bool)
    expected: list[Any] = []
    for place, (relation, ask) in enumerate(asked):
        names = (*relation.telling, relation.told)
        codes, combinations = pd.factorize(pd.MultiIndex.from_arrays([columns[name] for name in names]))
        heard = [ask(values) for values in combinations]
        odds[:, place] = np.array([said.odds for said in heard])[codes]
        expected.append(np.array([said.expected for said in heard], dtype=object)[codes])
        gone = np.array([absence.is_absent(relation.told, values[-1]) for values in combinations])
        missing[:, place] = gone[codes]
    return Votes([relation for relation, _ in asked], odds, missing, expected)


def _of_dependency(dependency: Dependency, absence: Absence) -> Ask:
    def ask(values: tuple[str, ...]) -> Opinion:
        group, value = values
        return majority.opinion(dependency, group, value, absent=absence.is_absent(dependency.dependent, value))

    return ask


def _of_derivation(derivation: Derivation, absence: Absence) -> Ask:
    def ask(values: tuple[str, ...]) -> Opinion:
        first, second, made = values
        if absence.is_absent(derivation.first, first) or absence.is_absent(derivation.second, second):
            return SILENT
        return derivation.opinion(first, second, made)

    return ask
