"""What the groups of dependencies say of a cell: the votes of other rows that agree in a column that tells this one."""

import math

from kintsugi.contracts.cells.dependencies import Dependency
from kintsugi.contracts.cells.opinion import SILENT, Opinion, Relation

SIGNAL = "majority"

_MOST_VOTES = 3
"""Votes of a group beyond these add nothing: rows copied from one another aren't witnesses of their own."""

_CERTAIN = 6.0
"""Most that one dependency can say, in log odds."""


def opinion(dependency: Dependency, group: str, value: str, *, absent: bool) -> Opinion:
    """Return what the group says of a value of the dependent column.

    A value that most of the group has is supported. One with at most half as many rows is opposed, the less the more
    rows it has than errors are likely: errors seldom agree. That nothing stands there is opposed where more rows of the
    group have a value than have none.
    """
    votes = dependency.groups.get(group)
    if not votes:
        return SILENT
    (expected, most), *others = sorted(votes.items(), key=lambda each: (-each[1], each[0]))[:2]
    second = others[0][1] if others else 0
    sure = min(_CERTAIN, math.log(dependency.reliability / max(1e-3, 1 - dependency.reliability)))
    rows = sum(votes.values())
    if absent:
        known = most >= max(2, 2 * second) and dependency.absent.get(group, 0) < rows
        return Opinion(sure, expected) if known else SILENT
    if value == expected:
        lead = most - max(second, 1)
        return Opinion(-sure * min(lead, _MOST_VOTES) / _MOST_VOTES, expected) if lead > 0 else SILENT
    own = max(1, votes.get(value, 0))
    if most < 2 * own:
        return SILENT
    likely = 1 + dependency.noise * rows
    agreeing = min(1.0, likely / own) ** 2
    return Opinion(sure * min(most - own, _MOST_VOTES) / _MOST_VOTES * agreeing, expected)


def relation(dependency: Dependency) -> Relation:
    """Return the dependency as a relation."""
    reason = f"differs from the other rows with this {dependency.determinant}"
    return Relation((dependency.determinant,), dependency.dependent, reason)
