"""The class of an error is the retry decision; pure, so that every orchestrator can ask."""

import random
from dataclasses import dataclass

from kintsugi.errors import DataError, DriftError, KintsugiError, SafetyError, SourceUnavailable, TransientError
from kintsugi.healing.backoff import delay_before

BASE = 2.0
CAP = 120.0
PATIENCE = 600.0
MAX_TRIES = 6
"""Tries of a task, the first one included; the DAGs' ``retries`` come from it, so that there is one bound."""

SOURCE_TRIES = 2


@dataclass(frozen=True)
class Retry:
    """Try again after ``delay`` seconds."""

    delay: float
    reason: str


@dataclass(frozen=True)
class Fail:
    """Don't try again."""

    reason: str


def decide(error: BaseException, try_number: int, rng: random.Random | None = None) -> Retry | Fail:
    """Decide what follows the failure of try ``try_number`` (from 1).

    A transient error is tried again with exponential backoff and jitter, never sooner than it asks for, at most
    `MAX_TRIES` times. A source that is down gets one more try and then fails: healing backfills the gap once the source
    answers, and a dead source is not hammered. Everything else needs a change first, so that a retry would be wasted.
    """
    name = type(error).__name__
    if isinstance(error, TransientError):
        return _decide_transient(error, try_number, rng or random.Random())
    if isinstance(error, SafetyError):
        return Fail(f"{name}: going on could do harm; a person decides")
    if isinstance(error, DriftError):
        return Fail(f"{name}: the shape has changed; it is held, an incident opens, and a retry sees the same")
    if isinstance(error, DataError):
        return Fail(f"{name}: the data is bad; a retry reads the same data")
    if isinstance(error, KintsugiError):
        return Fail(f"{name}: does not pass by itself")
    return Fail(f"{name}: unknown to the platform")


def _decide_transient(error: TransientError, try_number: int, rng: random.Random) -> Retry | Fail:
    name = type(error).__name__
    tries = SOURCE_TRIES if isinstance(error, SourceUnavailable) else MAX_TRIES
    if try_number >= tries:
        later = "healing backfills the gap once it answers" if isinstance(error, SourceUnavailable) else "it persists"
        return Fail(f"{name}: {try_number} tries; {later}")
    asked = error.retry_after or 0.0
    if asked > PATIENCE:
        return Fail(f"{name}: asks for {asked:.0f} s, which is longer than {PATIENCE:.0f} s")
    delay = max(asked, delay_before(try_number, rng, base=BASE, cap=CAP))
    return Retry(delay, f"{name}: may pass; try {try_number + 1} of {tries} in {delay:.1f} s")
