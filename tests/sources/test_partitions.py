"""Keys of partitions and the time that they cover."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.errors import TerminalError
from kintsugi.sources.partitions import is_over, key_at, window_of


@given(st.integers(min_value=0, max_value=4_000_000_000), st.sampled_from(["hour", "day"]))
def test_every_moment_lies_in_the_window_of_its_own_partition(seconds, every):
    window = window_of("s", every, key_at(every, seconds))
    assert window.start.timestamp() <= seconds < window.end.timestamp()


def test_a_partition_is_over_when_its_end_has_come():
    end = datetime(2026, 11, 24, 20, tzinfo=UTC).timestamp()
    assert not is_over("s", "hour", "2026-11-24T19", end - 1)
    assert is_over("s", "hour", "2026-11-24T19", end)
    assert is_over("s", "all", "all", 0.0)


@pytest.mark.parametrize(
    ("every", "key"),
    [
        ("hour", "2026-11-24"),
        ("day", "2026-11-24T19"),
        ("hour", "2026-11-24T7"),
        ("day", "all"),
        ("all", "2026-11-24"),
        ("day", ""),
        ("day", "9999-12-31"),
    ],
)
def test_a_key_of_another_form_is_refused_for_good(every, key):
    with pytest.raises(TerminalError, match=f"partition '{key}' of source s; expected"):
        is_over("s", every, key, 0.0)
