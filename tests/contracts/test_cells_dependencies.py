"""A dependency is told apart from columns that merely go together, and blame goes where contradictions meet."""

import random

import numpy as np
import pandas as pd
import pytest

from kintsugi.contracts.cells.absence import Absence
from kintsugi.contracts.cells.blame import blame
from kintsugi.contracts.cells.dependencies import Dependency, learn
from kintsugi.contracts.cells.majority import opinion
from kintsugi.contracts.cells.opinion import Relation, Votes

NOTHING = Absence(("",), frozenset())


def believed(**columns):
    found = learn(pd.DataFrame(columns), NOTHING)
    return {(each.determinant, each.dependent) for each in found}


def dependency(groups, reliability=0.99, noise=0.01, absent=None):
    return Dependency("zip", "city", reliability, noise, groups, absent or {})


def test_a_column_that_is_nearly_constant_depends_on_nothing():
    rng = random.Random(1)
    groups = [str(row // 20) for row in range(400)]
    assert believed(group=groups, flag=["yes" if rng.random() < 0.03 else "no" for _ in groups]) == set()


def test_a_rare_value_that_is_alone_in_its_group_is_part_of_a_dependency():
    groups = [str(row // 20) for row in range(400)]
    flags = ["yes" if group == "7" else "no" for group in groups]
    assert believed(group=groups, flag=flags) == {("group", "flag")}


def test_a_key_tells_nothing_and_neither_does_a_measurement():
    rows = range(200)
    sizes = [f"{row % 20}.5" for row in rows]
    assert believed(key=[str(row) for row in rows], size=sizes, kind=[str(row % 20) for row in rows]) == {
        ("kind", "size")
    }


def test_absent_values_are_neither_groups_nor_votes():
    rows = range(200)
    found = learn(
        pd.DataFrame(
            {
                "one": ["" if row % 2 else str(row % 5) for row in rows],
                "other": ["" if row % 3 else f"value {row % 5}" for row in rows],
            }
        ),
        NOTHING,
    )
    (forwards, _) = found
    assert "" not in forwards.groups
    assert all("" not in votes for votes in forwards.groups.values())
    assert sum(forwards.absent.values()) == sum(1 for row in rows if not row % 2 and row % 3)


@pytest.mark.parametrize(
    ("groups", "value", "sign"),
    [
        ({"1": {"Bend": 9, "Bent": 1}}, "Bent", 1),
        ({"1": {"Bend": 9, "Bent": 1}}, "Bend", -1),
        ({"1": {"Bend": 9}}, "never seen", 1),
        ({"1": {"Bend": 1}}, "Bend", 0),
        ({"1": {"Bend": 3, "Salem": 2}}, "Salem", 0),
        ({}, "Bend", 0),
    ],
)
def test_a_group_opposes_what_few_of_its_rows_have_and_supports_what_most_have(groups, value, sign):
    assert np.sign(opinion(dependency(groups), "1", value, absent=False).odds) == sign


def test_errors_seldom_agree_so_a_value_is_opposed_less_the_more_rows_have_it():
    said = [
        opinion(dependency({"1": {"Bend": 30, "Salem": rows}}), "1", "Salem", absent=False).odds for rows in (1, 2, 6)
    ]
    assert said[0] > said[1] > said[2] > 0


def test_that_nothing_stands_there_is_opposed_unless_most_of_the_group_has_nothing():
    groups = {"1": {"Bend": 4}}
    assert opinion(dependency(groups, absent={"1": 1}), "1", "", absent=True).odds > 0
    assert opinion(dependency(groups, absent={"1": 9}), "1", "", absent=True).odds == 0


def votes(odds, relations, missing=None):
    gone = np.zeros((1, len(relations)), dtype=bool) if missing is None else np.array([missing])
    made = [Relation((one,), other, "") for one, other in relations]
    return Votes(made, np.array([odds], dtype=float), gone, [])


def blamed(said, own=(-1.0, -1.0, -1.0)):
    odds = blame(said, np.array([own]), {"a": 0, "b": 1, "c": 2})
    return ["abc"[place] for place in np.flatnonzero(odds[0] > 0)]


def test_one_contradiction_is_the_fault_of_the_cell_that_is_told():
    assert blamed(votes([3.0], [("a", "b")])) == ["b"]


def test_two_contradictions_are_the_fault_of_the_cell_in_which_they_meet():
    assert blamed(votes([3.0, 3.0], [("a", "b"), ("a", "c")])) == ["a"]


def test_a_cell_that_is_right_about_another_is_not_at_fault():
    assert blamed(votes([3.0, -3.0], [("a", "b"), ("a", "c")])) == ["b"]


def test_missing_values_are_not_the_fault_of_the_cell_that_tells_them():
    assert blamed(votes([3.0, 3.0], [("a", "b"), ("a", "c")], missing=[True, True])) == ["b", "c"]


def test_a_suspicion_of_its_own_decides_between_two_cells():
    said = votes([3.0, 3.0], [("a", "b"), ("b", "a")])
    assert blamed(said, own=(1.0, -1.0, -1.0)) == ["a"]
    assert blamed(said, own=(-1.0, 1.0, -1.0)) == ["b"]
