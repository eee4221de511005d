"""A reading that is kept for some seconds."""

import threading

import pytest

from kintsugi.errors import StoreUnavailable
from kintsugi_airflow.pages.remembered import Remembered
from tests.builders import FakeClock


def test_a_reading_is_kept_while_it_is_good():
    clock, taken = FakeClock(), []
    reading = Remembered(lambda: taken.append(1) or len(taken), 10.0, clock)
    assert reading.last() is None
    assert [reading.get(), reading.get()] == [1, 1]
    clock.advance(11)
    assert reading.last() == 1
    assert reading.get() == 2


def test_a_fresher_one_can_be_asked_for():
    clock, taken = FakeClock(), []
    reading = Remembered(lambda: taken.append(1) or len(taken), 10.0, clock)
    reading.get()
    clock.advance(3)
    assert reading.get(within=5.0) == 1
    assert reading.get(within=2.0) == 2


def test_a_reading_that_was_forgotten_is_taken_anew():
    taken = []
    reading = Remembered(lambda: taken.append(1) or len(taken), 10.0, FakeClock())
    reading.get()
    reading.forget()
    assert reading.last() is None
    assert reading.get() == 2


def test_a_reading_that_failed_is_not_kept():
    answers = iter([StoreUnavailable("away"), 5])

    def read() -> int:
        answer = next(answers)
        if isinstance(answer, StoreUnavailable):
            raise answer
        return answer

    reading = Remembered(read, 10.0, FakeClock())
    with pytest.raises(StoreUnavailable):
        reading.get()
    assert reading.get() == 5


def test_many_that_ask_at_once_cause_one_reading():
    go, taken = threading.Event(), []

    def read() -> int:
        go.wait(5)
        taken.append(1)
        return len(taken)

    reading = Remembered(read, 10.0, FakeClock())
    answers: list[int] = []
    askers = [threading.Thread(target=lambda: answers.append(reading.get())) for _ in range(8)]
    for each in askers:
        each.start()
    go.set()
    for each in askers:
        each.join(10)
    assert answers == [1] * 8
