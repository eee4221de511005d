"""A cell that contradicts the rest of its row is found; rows that were not learned from are judged, too."""

import random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kintsugi.contracts.cells.find import find_wrong_cells
from kintsugi.contracts.cells.learn import learn
from kintsugi.errors import DriftError
from tests.contracts.cells_table import changed, found, table


def test_a_cell_that_differs_from_the_other_rows_of_its_group_is_wrong():
    frame = table()
    row = int(frame.index[frame["city"] == "Denver"][2])
    assert found(changed(frame, {(row, "state"): "AL"})) == {(row, "state"): "CO"}


def test_a_missing_value_that_other_rows_know_is_wrong_and_one_that_none_knows_is_not():
    frame = table()
    row = int(frame.index[frame["city"] == "Denver"][2])
    assert found(changed(frame, {(row, "state"): "", (row, "weight"): ""})) == {(row, "state"): "CO"}


def test_a_null_is_an_empty_cell():
    frame = table()
    row = int(frame.index[frame["city"] == "Denver"][2])
    assert found(changed(frame, {(row, "state"): None, (row, "weight"): float("nan")})) == {(row, "state"): "CO"}


def test_the_cell_that_contradicts_several_others_is_blamed_for_all():
    plants = {"P1": ("Ohio", "North", "Ada"), "P2": ("Utah", "West", "Bo"), "P3": ("Iowa", "South", "Cy")}
    codes = [f"P{row % 3 + 1}" for row in range(240)]
    place, region, head = (list(each) for each in zip(*(plants[code] for code in codes), strict=True))
    frame = table(plant=codes, place=place, region=region, head=head)
    assert found(changed(frame, {(0, "plant"): "P2"})) == {(0, "plant"): "P1"}


def test_a_value_that_is_rare_in_its_group_but_regular_is_no_error():
    """Two shops share a name; the smaller one has many rows too."""
    names = ["Corner" if row < 60 else f"Shop {row // 20}" for row in range(240)]
    shops = ["1" if row < 45 else "2" if row < 60 else str(row // 20) for row in range(240)]
    assert found(table(shop=shops, name=names)) == {}


def test_columns_that_merely_go_together_are_no_dependency():
    """A county has a main city, and smaller ones besides."""
    rng = random.Random(3)
    rows = [(county, 1 + (rng.random() > 0.6) * rng.randint(1, 3)) for county in range(12) for _ in range(20)]
    counties = [f"County {county}" for county, _ in rows]
    towns = [f"Town {county}.{town}" for county, town in rows]
    assert found(table(county=counties, town=towns)) == {}


def test_dependencies_are_found_though_a_third_of_the_cells_is_wrong():
    rng = random.Random(5)
    truth = {f"AA-{flight:03d}": f"{flight % 12 + 1}:{flight % 50 + 10} p.m." for flight in range(40)}
    flights = [flight for flight in truth for _ in range(20)]
    times = [truth[flight] for flight in flights]
    wrong = {row for row in range(len(flights)) if rng.random() < 0.3}
    told = [
        ("" if row % 3 == 0 else f"{rng.randint(1, 12)}:{rng.randint(10, 59)} a.m.") if row in wrong else time
        for row, time in enumerate(times)
    ]
    frame = pd.DataFrame({"flight": flights, "departure": told})
    repaired = {row: suggestion for (row, _), suggestion in found(frame).items()}
    assert repaired.keys() == wrong
    assert all(repaired[row] == times[row] for row in wrong)


def test_a_cell_that_swallowed_its_neighbour_is_wrong_and_so_is_the_neighbour():
    frame = table(shop=[f"Shop {row}" for row in range(240)])
    rows = [int(row) for row in frame.index[frame["city"] == "Denver"][:5]]
    swallowed = {(row, "city"): "Denver CO" for row in rows} | {(row, "state"): "" for row in rows}
    expected = {(row, "city"): "Denver" for row in rows} | {(row, "state"): "CO" for row in rows}
    assert found(changed(frame, swallowed)) == expected


def test_a_rare_value_that_two_other_columns_give_is_confirmed_by_them():
    states = ["AK" if row in (100, 101, 102) else "AL" for row in range(240)]
    measures = [f"m-{row % 6}" for row in range(240)]
    averages = [f"{state}_{measure}" for state, measure in zip(states, measures, strict=True)]
    titles = [f"Measure of {'abcdef'[row % 6]}" for row in range(240)]
    frame = pd.DataFrame({"state": states, "measure": measures, "title": titles, "average": averages})
    assert found(frame) == {}
    assert found(changed(frame, {(7, "average"): "AL_m-5"})) == {(7, "average"): "AL_m-1"}


def test_a_value_of_odd_shape_that_other_rows_confirm_is_no_error():
    """One code is written without its dash wherever it occurs, and all rows agree on what it stands for."""
    codes = ["AX110" if row % 40 == 0 else f"AX-{row % 9 + 110}" for row in range(400)]
    products = [f"Product {'odd' if row % 40 == 0 else row % 9}" for row in range(400)]
    frame = pd.DataFrame({"code": codes, "product": products})
    assert found(frame) == {}


def test_rows_beyond_those_that_were_learned_from_are_judged_too():
    frame = table(rows=3000)
    planted = {(row, "city"): "Denvqr" for row in (5, 1500, 2999)}
    cells = find_wrong_cells(changed(frame, planted), learned_rows=500)
    assert planted.keys() <= {(cell.row, cell.column) for cell in cells}
    assert {cell.suggestion for cell in cells if cell.value == "Denvqr"} == {"Denver"}


def test_later_rows_are_judged_by_what_was_learned_before():
    frame = changed(table(rows=480), {(470, "weight"): "12.5 kg", (471, "city"): "Denvqr"})
    habits = learn(frame.iloc[:400])
    cells = habits.judge(frame.iloc[400:], first_row=400)
    assert [(cell.row, cell.column) for cell in cells] == [(470, "weight"), (471, "city")]


def test_rows_without_a_column_that_was_learned_are_drift():
    habits = learn(table())
    with pytest.raises(DriftError, match="none of the name state"):
        habits.judge(table().drop(columns="state"))


def test_two_columns_of_one_name_are_drift():
    with pytest.raises(DriftError, match="rename one"):
        find_wrong_cells(table().rename(columns={"state": "city"}))


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame({"a": []}),
        pd.DataFrame({"a": [""] * 50, "b": [None] * 50}),
        pd.DataFrame({"a": ["x"]}),
        pd.DataFrame({"a": ["x"] * 50, "b": ["y"] * 50}),
    ],
)
def test_a_table_with_nothing_to_compare_has_no_wrong_cell(frame):
    assert found(frame) == {}


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_slip_planted_among_values_that_come_back_is_found(data):
    words = data.draw(
        st.lists(st.text("abcdefghilmnoprstuv", min_size=6, max_size=12), min_size=2, max_size=6, unique=True)
    )
    word = data.draw(st.sampled_from(words))
    place = data.draw(st.integers(0, len(word) - 1))
    slip = word[:place] + data.draw(st.sampled_from("qwxyzjk")) + word[place + 1 :]
    values = [words[row % len(words)] for row in range(60 * len(words))]
    row = words.index(word)
    assert found(pd.DataFrame({"word": [slip if at == row else value for at, value in enumerate(values)]})) == {
        (row, "word"): word
    }
