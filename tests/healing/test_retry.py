"""The class of an error is the retry decision."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.errors import (
    ConfigurationError,
    ConflictError,
    DataError,
    DriftError,
    SafetyError,
    SourceUnavailable,
    StaleEpochError,
    StoreUnavailable,
    TerminalError,
    TransientError,
)
from kintsugi.healing.backoff import delay_before
from kintsugi.healing.retry import MAX_TRIES, PATIENCE, Fail, Retry, decide


@pytest.mark.parametrize("kind", [TransientError, StoreUnavailable, ConflictError])
def test_what_passes_by_itself_is_tried_again_and_not_for_ever(kind):
    assert isinstance(decide(kind("x"), 1), Retry)
    assert isinstance(decide(kind("x"), MAX_TRIES), Fail)


@pytest.mark.parametrize(
    "kind", [TerminalError, ConfigurationError, DataError, DriftError, SafetyError, StaleEpochError, ValueError]
)
def test_what_does_not_pass_by_itself_is_never_tried_again(kind):
    assert isinstance(decide(kind("x"), 1), Fail)


def test_a_dead_source_is_asked_once_more_and_then_left_to_healing():
    assert isinstance(decide(SourceUnavailable("x"), 1), Retry)
    given_up = decide(SourceUnavailable("x"), 2)
    assert isinstance(given_up, Fail)
    assert "backfills the gap" in given_up.reason


@given(st.integers(min_value=1, max_value=MAX_TRIES - 1), st.floats(min_value=0, max_value=PATIENCE))
def test_the_wait_that_the_other_side_asks_for_is_honoured(try_number, asked):
    decision = decide(TransientError("x").after(asked), try_number)
    assert isinstance(decision, Retry)
    assert decision.delay >= asked


def test_nobody_waits_longer_than_the_bound():
    assert isinstance(decide(TransientError("x").after(PATIENCE + 1), 1), Fail)


@given(st.integers(min_value=1, max_value=10_000), st.integers())
def test_pauses_grow_up_to_a_cap_and_are_never_nothing(retry, seed):
    delay = delay_before(retry, random.Random(seed), base=2, cap=60)
    ceiling = min(60, 2 * 2 ** min(retry - 1, 60))
    assert ceiling / 2 <= delay <= ceiling


def test_many_waiters_do_not_come_back_at_once():
    assert len({delay_before(5, random.Random(seed), base=2, cap=60) for seed in range(50)}) == 50
