"""Grouping accuracy is measured as Zhu et al. (2019) do, on the miner that serves users."""

import csv
import lzma

import pytest

from kintsugi.bench.logs import grouping_accuracy, measure
from kintsugi.errors import ConfigurationError


def write(path, rows, opened=open):
    with opened(path, "wt", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["LineId", "Content", "EventId", "EventTemplate"])
        writer.writerows([number, content, event, ""] for number, (content, event) in enumerate(rows))


def test_a_line_counts_only_when_its_group_is_exactly_the_true_one():
    assert grouping_accuracy("aabb", "xxyy") == 1
    assert grouping_accuracy("aabb", "xxyz") == 0.5
    assert grouping_accuracy("aabb", "xxxx") == 0


def test_each_log_has_a_row_and_the_last_is_the_mean(tmp_path):
    write(tmp_path / "Alpha.csv", [("open port 1", "E1"), ("open port 2", "E1"), ("closed", "E2")])
    write(tmp_path / "Beta.csv.xz", [("state up now", "E1"), ("state down now", "E1")], lzma.open)
    rows = list(measure(tmp_path))
    assert [row["system"] for row in rows] == ["Alpha", "Beta", "mean"]
    assert [row["grouping_accuracy"] for row in rows] == [1.0, 0.0, 0.5]
    assert all(row["lines_per_second"] > 0 for row in rows)


def test_a_folder_without_labelled_logs_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="Content and EventId"):
        list(measure(tmp_path))
    (tmp_path / "Odd.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ConfigurationError, match=r"Odd\.csv"):
        list(measure(tmp_path))
