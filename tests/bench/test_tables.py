"""Cells found and repaired are counted against the clean table."""

import pandas as pd
import pytest

from kintsugi.bench.tables import measure
from kintsugi.errors import ConfigurationError

CITIES = ["Denver", "Portland", "Anchorage"]


@pytest.fixture
def pair(tmp_path):
    """Make a folder with a clean table and the same one with other values at some cells."""

    def make(name, cells, also_clean=None):
        folder = tmp_path / name
        folder.mkdir()
        clean = pd.DataFrame(
            {"city": [CITIES[row % 3] for row in range(120)], "size": [str(row) for row in range(120)]}
        )
        dirty = clean.copy()
        for (row, column), value in cells.items():
            dirty.loc[row, column] = value
        for (row, column), value in (also_clean or {}).items():
            dirty.loc[row, column] = clean.loc[row, column] = value
        dirty.to_csv(folder / "dirty.csv", index=False)
        clean.rename(columns=str.upper).to_csv(folder / "clean.csv", index=False)
        return folder

    return make


def test_what_is_found_and_repaired_is_counted(pair):
    folder = pair("cities", {(0, "city"): "Denvqr", (1, "city"): "Anchorage"}, also_clean={(5, "city"): "Anchorqge"})
    (row,) = measure([folder])
    assert row == {
        "table": "cities",
        "precision": 0.5,
        "recall": 0.5,
        "f1": 0.5,
        "repair_precision": 0.5,
        "repair_recall": 0.5,
        "repair_f1": 0.5,
    }


def test_several_tables_end_with_their_mean(pair):
    folders = [pair("one", {(0, "city"): "Denvqr"}), pair("other", {(1, "city"): "Anchorage"})]
    one, other, mean = measure(folders)
    assert (one["f1"], other["f1"]) == (1.0, 0.0)
    assert (mean["table"], mean["f1"]) == ("mean", 0.5)


def test_an_empty_cell_and_the_words_for_nothing_are_read_as_they_stand(pair):
    folder = pair("absent", {(4, "size"): "N/A"}, also_clean={(8, "size"): ""})
    (row,) = measure([folder])
    assert row["recall"] == 1.0


def test_a_folder_that_is_no_pair_of_tables_says_what_is_missing(tmp_path, pair):
    with pytest.raises(ConfigurationError, match=r"dirty\.csv and clean\.csv"):
        list(measure([tmp_path]))
    folder = pair("short", {})
    pd.read_csv(folder / "clean.csv").iloc[:-1].to_csv(folder / "clean.csv", index=False)
    with pytest.raises(ConfigurationError, match=r"\(120, 2\) and \(119, 2\)"):
        list(measure([folder]))
