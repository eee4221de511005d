"""Reading ahead: order, errors, and how far."""

import threading
import time

import pytest

from kintsugi.errors import TransientError
from kintsugi.index.ahead import READY, ahead


def gone(name: str = "read-ahead") -> bool:
    return all(thread.name != name for thread in threading.enumerate())


def test_items_come_in_their_order():
    assert list(ahead(range(50))) == list(range(50))


def test_what_fetching_raises_comes_after_the_items_before_it():
    def failing():
        yield 1
        yield 2
        raise TransientError("the store went away")

    seen = []
    with pytest.raises(TransientError, match="went away"):
        seen.extend(ahead(failing()))
    reading = ahead(failing())
    assert [next(reading), next(reading)] == [1, 2]
    with pytest.raises(TransientError):
        next(reading)
    assert gone()


def test_no_more_is_fetched_than_fits():
    fetched = []

    def items():
        for number in range(20):
            fetched.append(number)
            yield number

    reading = ahead(items())
    for taken in range(1, 21):
        assert next(reading) == taken - 1
        time.sleep(0.01)
        assert len(fetched) <= taken + READY + 1


def test_the_next_item_is_fetched_while_the_present_one_is_worked_on():
    fetched = threading.Event()

    def items():
        yield "first"
        fetched.set()
        yield "second"

    reading = ahead(items())
    assert next(reading) == "first"
    assert fetched.wait(10)
    assert list(reading) == ["second"]


def test_who_stops_early_leaves_no_thread_behind():
    reading = ahead(iter(int, 1))
    assert next(reading) == 0
    reading.close()
    assert gone()
