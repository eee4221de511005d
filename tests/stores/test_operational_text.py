"""The parts of compound words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.stores.operational_text import parts, with_parts

SIMPLE = st.from_regex(r"[a-z]{2,8}", fullmatch=True)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("max_active_runs", ["max", "active", "runs"]),
        ("ConnectionResetError", ["Connection", "Reset", "Error"]),
        ("HTTPServer", ["HTTP", "Server"]),
        ("max_activeRuns", ["max", "activeRuns", "active", "Runs"]),
        ("ingest_airflow.py", ["ingest", "airflow", "py"]),
        ("AIRFLOW__CORE__PARALLELISM", ["AIRFLOW", "CORE", "PARALLELISM"]),
        ("sqlalchemy.exc.OperationalError", ["sqlalchemy", "exc", "OperationalError", "Operational", "Error"]),
        ("3.3.2", ["3.3"]),
        ("1.2.3.4", ["1.2", "1.2.3"]),
        ("1.2.3.4.5.6.7", ["1.2", "1.2.3", "1.2.3.4"]),
        ("plain", []),
        ("Airflow", []),
        ("42", []),
    ],
)
def test_a_compound_word_has_the_parts_that_people_search_for(word: str, expected: list[str]) -> None:
    assert parts(word) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "Just plain words, as people write them.",
        "An ISSUE; a Question? (yes!)",
        "日本語の文章",
        "naïve café",
    ],
)
def test_a_text_without_compounds_stays_as_it_is(text: str) -> None:
    assert with_parts(text) == text


def test_the_parts_follow_the_text() -> None:
    text = 'Set "max_active_runs" (see dag.py).'
    assert with_parts(text) == text + "\nmax active runs dag py"


@given(st.lists(SIMPLE, min_size=2, max_size=5), st.sampled_from(["_", ".", ":", "__"]))
def test_joined_words_are_found_by_each_of_their_words(pieces: list[str], joint: str) -> None:
    assert set(pieces) <= set(with_parts(f"see {joint.join(pieces)}, then").split("\n")[1].split())


@given(st.lists(SIMPLE.map(str.capitalize), min_size=2, max_size=5))
def test_humps_are_found_by_each_of_their_words(pieces: list[str]) -> None:
    assert with_parts("".join(pieces)).split("\n")[1].split() == pieces


@given(st.text() | st.lists(st.from_regex(r"[\w.:(){}]{1,12}", fullmatch=True)).map(" ".join))
def test_nothing_of_the_text_is_lost_and_nothing_is_made_up(text: str) -> None:
    extended = with_parts(text)
    assert extended.startswith(text)
    assert all(part in text for part in extended[len(text) :].split())


@given(st.text() | st.from_regex(r"\w+(?:[._:]\w+)*", fullmatch=True))
def test_a_part_is_shorter_than_its_word_and_never_empty(word: str) -> None:
    assert all(0 < len(part) < len(word) for part in parts(word))


@given(st.from_regex(r"[A-Za-z_.]{0,30}", fullmatch=True))
def test_a_query_and_a_text_that_share_a_compound_share_its_parts(word: str) -> None:
    in_text, in_query = with_parts(f"error: {word} failed"), with_parts(word)
    tokens = set(re.findall(r"\w+", in_text))
    assert set(re.findall(r"\w+", in_query)) <= tokens


@pytest.mark.parametrize("unit", ["a", "aB", "a_", "a.", "1.", "a1", "_", ".", "A", "Ab_C:d.1", "é_"])
def test_a_long_text_without_spaces_grows_by_its_parts_and_no_more(unit: str) -> None:
    text = unit * 100_000
    assert len(with_parts(text)) <= 5 * len(text)
