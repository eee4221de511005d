"""Numbers and times in words."""

import pytest

from kintsugi.cli.words import moment, number_of


@pytest.mark.parametrize(("count", "said"), [(0, "0 runs"), (1, "1 run"), (13, "13 runs")])
def test_one_thing_is_singular(count, said):
    assert number_of(count, "run") == said


def test_a_moment_is_told_in_utc():
    assert moment(1_764_072_000.0) == "2025-11-25 12:00:00"
