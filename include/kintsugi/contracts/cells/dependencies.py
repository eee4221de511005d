"""One column tells another: approximate functional dependencies, told apart from columns that merely go together.

A city tells its state, and a county doesn't tell its city although most rows of a county may name one. Both beat
chance; but where one column tells the other, *every* group of rows has a clear most frequent value, and what deviates
from it is scattered. So a dependency is believed by how many rows stand in groups with a clear value, not by how pure
groups are: it survives a third of the cells being wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any, cast

from kintsugi.contracts.cells.column import texts
from kintsugi.contracts.cells.quantity import quantities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pandas import DataFrame

    from kintsugi.contracts.cells.absence import Absence

    Codes = NDArray[np.int64]

_COLUMNS = 60
"""Columns among which dependencies are looked for, the first of a wider table: pairs grow with the square."""

_LARGE = 5
"""Rows of a group from which its most frequent value can be called clear."""

_IN_LARGE = 0.3
"""Share of rows that stand in large groups; with fewer, purity of small groups is all there is to go by."""

_BEYOND_CHANCE = 0.3
"""Purity of groups beyond chance, without which even clear groups say nothing: one value is frequent everywhere."""

_CLEAR = 0.95
"""Share of the large groups' rows that stand in groups with a clear value."""

_NOISY_CLEAR = 0.75
_SCATTERED = 0.6
"""The same where much is wrong, if at most this share of what deviates occurs twice in its group."""

_NOISY_RELIABILITY = 0.8
_PURE = 0.85
"""Purity beyond chance of small groups."""

_GROUPED = 0.05
"""Share of rows that stand in groups of two or more, and ten rows: with fewer nothing can be said."""


@dataclass(frozen=True)
class Dependency:
    """That ``determinant`` tells ``dependent``.

    Attributes:
        reliability: how sure it is that it does, 0 to 1.
        noise: share of grouped rows without their group's most frequent value.
        groups: by value of the determinant, the rows of each value of the dependent; what is absent isn't counted.
        absent: by value of the determinant, rows without a value of the dependent.
    """

    determinant: str
    dependent: str
    reliability: float
    noise: float
    groups: Mapping[str, Mapping[str, int]]
    absent: Mapping[str, int]


def learn(frame: "DataFrame", absence: "Absence") -> list[Dependency]:
    """Return the dependencies among the columns of a frame, by determinant and dependent in the frame's order.

    Measurements, numbers with decimals, tell nothing: that two rows have the same one is chance.
    """
    import numpy as np

    columns = dict(list(texts(frame))[:_COLUMNS])
    codes = {name: _codes(name, values, absence) for name, values in columns.items()}
    usable = [name for name, each in codes.items() if len(np.unique(each[each >= 0])) > 1]
    telling = {name for name in usable if not _is_measurement(columns[name].unique())}
    rng = np.random.default_rng(0)
    found = []
    for one, other in permutations(usable, 2):
        if one in telling:
            reliability, noise = _believed(codes[one], codes[other], rng)
            if reliability:
                groups, absent = _groups(columns[one], columns[other], one, other, absence)
                found.append(Dependency(one, other, reliability, noise, groups, absent))
    return found


def _is_measurement(values: Any) -> bool:
    read = quantities(values).values()
    return sum("." in each.digits for each in read) * 2 > len(values)


def _groups(
    determinants: Any, dependents: Any, one: str, other: str, absence: "Absence"
) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    import pandas as pd

    pairs = pd.DataFrame({"one": determinants, "other": dependents}).groupby(["one", "other"], sort=True).size()
    groups: dict[str, dict[str, int]] = {}
    absent: dict[str, int] = {}
    for pair, rows in pairs.items():
        group, value = cast("tuple[str, str]", pair)
        if absence.is_absent(one, group):
            continue
        if absence.is_absent(other, value):
            absent[group] = absent.get(group, 0) + int(rows)
        else:
            groups.setdefault(group, {})[value] = int(rows)
    return groups, absent


def _codes(name: str, values: Any, absence: "Absence") -> "Codes":
    """Return a number for each value, -1 for what stands for none."""
    import numpy as np
    import pandas as pd

    codes, distinct = pd.factorize(values, sort=True)
    gone = np.array([absence.is_absent(name, value) for value in distinct], dtype=bool)
    result: Codes = codes.astype(np.int64)
    result[gone[codes]] = -1
    return result


@dataclass(frozen=True)
class Grouping:
    """A column's rows grouped by another.

    Attributes:
        sizes: rows of each group.
        most: rows of each group's most frequent value.
        second: rows of its second most frequent value.
        again: rows of values other than the most frequent that occur twice or more in the group.
    """

    sizes: "Codes"
    most: "Codes"
    second: "Codes"
    again: "Codes"

    def pure(self) -> float:
        """Return the share of grouped rows that have their group's most frequent value; 1 without any."""
        grouped = self.sizes > 1
        rows = int(self.sizes[grouped].sum())
        return int(self.most[grouped].sum()) / rows if rows else 1.0


def _grouping(one: "Codes", other: "Codes") -> Grouping:
    import numpy as np

    base = int(other.max()) + 1
    pairs, rows = np.unique(one * base + other, return_counts=True)
    groups = pairs // base
    order = np.lexsort((-rows, groups))
    groups, rows = groups[order], rows[order]
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    following = np.minimum(starts + 1, len(rows) - 1)
    alone = np.diff(starts, append=len(rows)) == 1
    again = np.add.reduceat(np.where(rows > 1, rows, 0), starts)
    most = rows[starts]
    second = np.where(alone, 0, rows[following])
    return Grouping(np.add.reduceat(rows, starts), most, second, again - np.where(most > 1, most, 0))


def _believed(one: "Codes", other: "Codes", rng: "np.random.Generator") -> tuple[float, float]:
    """Return reliability and noise of a dependency; a reliability of 0 when it isn't believed."""
    both = (one >= 0) & (other >= 0)
    one, other = one[both], other[both]
    if not len(one):
        return 0.0, 0.0
    seen = _grouping(one, other)
    if int(seen.sizes[seen.sizes > 1].sum()) < max(10, _GROUPED * len(one)):
        return 0.0, 0.0
    by_chance = _grouping(one, rng.permutation(other)).pure()
    beyond = (seen.pure() - by_chance) / (1 - by_chance) if by_chance < 1 else 0.0
    return (_reliability(seen, len(one), beyond) if beyond >= _BEYOND_CHANCE else 0.0), 1 - seen.pure()


def _reliability(seen: Grouping, rows: int, beyond: float) -> float:
    large = seen.sizes >= _LARGE
    in_large = int(seen.sizes[large].sum())
    if in_large < _IN_LARGE * rows:
        return beyond if beyond >= _PURE else 0.0
    clear = large & (seen.most >= 2 * seen.second) & (2 * seen.most > seen.sizes)
    share = int(seen.sizes[clear].sum()) / in_large
    if share >= _CLEAR:
        return share
    deviating = int((seen.sizes - seen.most)[large].sum())
    scattered = int(seen.again[large].sum()) <= _SCATTERED * deviating
    return _NOISY_RELIABILITY if share >= _NOISY_CLEAR and scattered else 0.0
