"""The benchmark of very many files and one very long log, on a few and a short one."""

import pytest

from kintsugi.bench.scale import TEMPLATES, _alone, take_in, write_files, write_log

PHASES = ["fetch", "validate", "load", "recount", "publish", "whole"]


def test_no_two_of_the_small_files_are_alike_and_the_same_ones_are_written_again(tmp_path):
    size = write_files(tmp_path / "one", 30)
    texts = [path.read_text() for path in sorted((tmp_path / "one").rglob("*.md"))]
    assert len(set(texts)) == 30
    assert sum(len(text) for text in texts) == size == write_files(tmp_path / "two", 30)
    assert [path.read_text() for path in sorted((tmp_path / "two").rglob("*.md"))] == texts


def test_the_log_is_as_long_as_asked_and_its_times_do_not_go_back(tmp_path):
    path = tmp_path / "logs" / "service.log"
    size = write_log(path, 1_000_000)
    assert 1_000_000 <= path.stat().st_size == size < 2_000_000
    stamps = [line[:23] for line in path.read_text().splitlines()]
    assert stamps == sorted(stamps)


@pytest.mark.parametrize(
    ("case", "documents"),
    [("files", 40), ("log", TEMPLATES)],
)
def test_each_phase_is_measured_on_what_was_taken_in(settings, tmp_path, case, documents):
    folder = tmp_path / "input"
    size = write_files(folder, 40) if case == "files" else write_log(folder / "service.log", 3_000_000)
    rows = take_in(settings, folder, tmp_path / "var-of-it", case, size, hashed=True)
    assert [row["phase"] for row in rows] == PHASES
    assert {row["documents"] for row in rows} == {documents}
    peaks = [float(row["peak_rss_mb"] or 0) for row in rows]
    assert peaks[-1] == max(peaks[:-1]) > 0


def test_what_the_process_of_a_case_logs_does_not_stand_among_the_rows(settings, tmp_path, capfd):
    size = write_files(tmp_path / "input", 3)
    rows = _alone(settings, tmp_path / "input", tmp_path / "var-of-it", "files", size, hashed=True)
    assert [row["phase"] for row in rows] == PHASES
    assert capfd.readouterr().out == ""
