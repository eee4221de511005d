"""Figures and times read as a person would say them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi_airflow.pages import words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.012, "< 0.1 s"),
        (0.44, "0.4 s"),
        (12, "12 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (3605, "1 h"),
        (180_000, "2 d 2 h"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(seconds, said):
    assert words.span(seconds) == said


@pytest.mark.parametrize(("at", "said"), [(100, "just now"), (86, "14 s ago"), (-7_500, "2 h ago"), (130, "just now")])
def test_a_time_is_said_from_now_and_a_future_one_counts_as_now(at, said):
    assert words.ago(at, 100) == said


def test_a_time_that_no_calendar_has_is_shown_as_its_number():
    assert words.utc(0) == "1970-01-01 00:00:00 UTC"
    assert words.utc(1e20) == "1e+20"


@given(st.floats(min_value=0, max_value=1e12))
def test_every_duration_can_be_said(seconds):
    assert words.span(seconds)
    assert words.ago(0, seconds)


def test_one_is_singular_and_many_have_separators():
    assert words.plural(1, "chunk") == "1 chunk"
    assert words.plural(12345, "trajectory", "trajectories") == "12,345 trajectories"


def test_what_a_diagnosis_holds_is_said_in_a_line():
    assert words.shown({"is_gone": True, "buckets": [1, 2], "share": 0.25, "why": ""}) == (
        "is gone yes, buckets 1, 2, share 25 %, why –"
    )
    assert words.shown(list(range(10))) == "0, 1, 2, 3, 4, 5 and 4 more"


def test_a_hash_is_cut_for_the_eye_and_a_name_is_not():
    assert words.shown("88294e04210f5586f6ed4ce06e835b36") == "88294e04210f…"
    assert words.shown("a-name-that-is-quite-a-bit-longer") == "a-name-that-is-quite-a-bit-longer"


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0, "0 %"),
        (0.00001, "< 0.01 %"),
        (0.00806, "0.81 %"),
        (0.008, "0.8 %"),
        (0.015, "1.5 %"),
        (0.999, "100 %"),
        (1, "100 %"),
    ],
)
def test_a_share_is_said_in_percent_and_a_small_one_is_not_nothing(share, said):
    assert words.percent(share) == words.named(share, "share") == words.named(share, "lost_share") == said


def test_what_is_no_share_stays_a_number():
    assert words.named(0.25, "seconds") == "0.25"
    assert words.named("all of it", "share") == "all of it"


def test_backticks_become_code_and_everything_is_escaped():
    assert words.marked("run `a <b>` & wait") == "run <code>a &lt;b&gt;</code> &amp; wait"
    assert words.marked("one ` alone <") == "one ` alone &lt;"


def test_a_small_difference_has_its_sign():
    assert [words.signed(value) for value in (0.0412, -0.25, 0.0, -0.00001)] == ["+0.041", "−0.25", "0", "0"]


def test_a_p_value_is_never_nothing():
    assert [words.chance(p) for p in (1.0, 0.0412, 0.0003)] == ["1.000", "0.041", "< 0.001"]
