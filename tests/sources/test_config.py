"""The file of sources: what is wrong in it is named with its line, and the rest goes on."""

from pathlib import Path

import pytest

from kintsugi.errors import ConfigurationError
from kintsugi.sources.config import SourcesFile, kinds, load_sources, read_sources


def read(tmp_path: Path, text: str) -> SourcesFile:
    path = tmp_path / "sources.yaml"
    path.write_text(text)
    return read_sources(path)


def only_error(tmp_path: Path, text: str) -> str:
    (error,) = read(tmp_path, text).errors
    return str(error)


GOOD = "  good: {kind: files, options: {path: notes}}\n"


def test_the_file_that_the_platform_brings_can_be_used(settings):
    found = load_sources(settings)
    assert found.errors == ()
    assert {"airflow", "runbooks", "inbox"} <= set(found.sources)


def test_a_file_below_the_home_wins(settings):
    (settings.home / "include").mkdir()
    (settings.home / "include" / "sources.yaml").write_text("sources:\n" + GOOD)
    assert list(load_sources(settings).sources) == ["good"]


@pytest.mark.parametrize(
    ("entry", "line", "said"),
    [
        ("  a:\n    kind: fils\n", 3, "expected kind: one of .*; files, perhaps"),
        ("  a:\n    knd: files\n", 3, "source a, knd; expected 'kind', perhaps: a key that is known"),
        ("  a:\n    kind: git\n    options: {revison: main}\n", 4, "revison; expected 'revision', perhaps: a key"),
        ("  a:\n    kind: files\n    options: {pth: x}\n", 4, "source a, options.pth; expected 'path', perhaps: a key"),
        ("  a:\n    kind: files\n    options: {}\n", 4, "source a, options.path; expected Field required"),
        (
            "  a:\n    kind: files\n    partition: hour\n    options: {path: x}\n",
            4,
            "partition: one of all for kind files",
        ),
        ("  a:\n    kind: files\n    partition: week\n", 4, "got 'week'"),
        ("  a:\n    kind: files\n    kind: git\n", 4, "expected each key once; got a second 'kind'"),
        ("  a:\n    kind: airflow\n    partition: hour\n", 2, "connection: kind airflow logs in"),
        ("  a: 3\n", 2, "expected a mapping with at least `kind`"),
        ("  Bad-Name: {kind: files, options: {path: x}}\n", 2, "a name of small letters"),
        ("  expertise: {kind: files, options: {path: x}}\n", 2, "none of expertise"),
        (
            "  a: {kind: files, schedule: arrival, partition: all, labels: {trust: maybe}, options: {path: x}}\n",
            2,
            "maybe",
        ),
        ("  a:\n    kind: files\n    about: 2026-13-45\n    options: {path: x}\n", 2, "expected plain values"),
        ("  a:\n    kind: files\n    about: !env HOME\n    options: {path: x}\n", 2, "expected plain values"),
        (
            "  a:\n    kind: files\n    schedule: bananas\n    options: {path: x}\n",
            4,
            "a cron expression of five fields",
        ),
        (
            '  a:\n    kind: airflow\n    connection: c\n    partition: hour\n    schedule: ""\n',
            6,
            "a cron expression, where the source is cut by time",
        ),
        ("  a: {kind: os.path, options: {path: x}}\n", 2, "a module os.path with a KIND"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named_with_its_line_and_the_others_go_on(tmp_path, entry, line, said):
    text = f"sources:\n{entry}{GOOD}"
    found = read(tmp_path, text)
    assert list(found.sources) == ["good"]
    (error,) = found.errors
    assert f"sources.yaml, line {line}: " in str(error)
    assert __import__("re").search(said, str(error)), str(error)
    assert error.next_step == f"correct {tmp_path / 'sources.yaml'}"


def test_a_name_that_is_given_twice_is_refused_the_second_time(tmp_path):
    assert "line 3: source good; expected each name once" in only_error(tmp_path, f"sources:\n{GOOD}{GOOD}")


@pytest.mark.parametrize("text", ["", "- a\n", "sources: []\n", "things: {}\n", "sources:\n  a: [\n", "\x00"])
def test_what_is_no_such_file_at_all_is_an_error_of_the_file(tmp_path, text):
    with pytest.raises(ConfigurationError, match=r"sources\.yaml"):
        read(tmp_path, text)


def test_an_entry_that_says_little_gets_what_suits_its_partition(tmp_path):
    found = read(
        tmp_path,
        "sources:\n" + GOOD + "  runs: {kind: airflow, partition: hour, connection: kintsugi_airflow}\n",
    )
    assert found.sources["good"].schedule == "@daily"
    assert found.sources["runs"].schedule == "0 * * * *"
    assert found.sources["runs"].dag_id == "ingest_runs"


def test_every_kind_that_the_platform_brings_can_be_named(tmp_path):
    from kintsugi.sources.config import kind_named

    assert [kind_named(each).partitions[0] for each in kinds()]


def test_the_value_of_a_key_that_is_not_known_is_not_shown(tmp_path):
    text = "sources:\n  a:\n    kind: files\n    options: {path: x, password: hunter2}\n"
    assert "hunter2" not in only_error(tmp_path, text)
