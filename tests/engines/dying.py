"""Processes on real engines that die at a step, and the steps that there are to die at."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from kintsugi.index.publish import build, publish
from kintsugi.index.switch import roll_back
from kintsugi.platform import Platform
from kintsugi.records import Record
from tests.builders import RUN
from tests.healing.conftest import Killed
from tests.index.crashing import Counted
from tests.index.drifting import run as reconcile_once

ACTS: dict[str, Callable[[Platform], object]] = {
    "publish": lambda platform: publish(platform, RUN),
    "build": lambda platform: build(platform, RUN),
    "rollback": roll_back,
    "reconcile": reconcile_once,
}


When = Callable[[list[str]], bool]
"""Tells from the names of all writes so far, the next one included, whether to die before that one."""


class Steps:
    """Hears of each write before it is made, remembers what it was, and dies when it is time.

    In the middle of a bulk request: its first half has been done by then.
    """

    def __init__(self, when: When, die: Callable[[], None]) -> None:
        self.names: list[str] = []
        self._when = when
        self._die = die

    def __call__(self, inner: Any, method: str, args: tuple[Any, ...]) -> None:
        self.names.append(name_of(method, args))
        if self._when(self.names):
            if method == "write":
                inner.write(args[0], args[1][: len(args[1]) // 2])
            self._die()


def never(names: list[str]) -> bool:
    """Live to the end."""
    return False


def nth(step: str, number: int) -> When:
    """Die at the n-th write of this name, from 1."""
    return lambda names: names[-1] == step and names.count(step) == number


def first(step: str, after: str = "") -> When:
    """Die at the first write of this name, once one of another name was made."""
    return lambda names: names[-1] == step and (not after or after in names)


def name_of(method: str, args: tuple[Any, ...]) -> str:
    """Return a write's name: the method, and the class of the records where it is known beforehand."""
    first = args[0] if args else None
    kind = first if isinstance(first, type) else type(first)
    return f"{method} {kind.__name__}" if issubclass(kind, Record) else method


def dying(platform: Platform, when: When, die: Callable[[], None]) -> tuple[Platform, Steps]:
    """Return the platform as a process that dies when it is time, and what hears of its writes."""
    steps = Steps(when, die)
    return platform.using(records=Counted(platform.records, steps), index=Counted(platform.index, steps)), steps


def killed() -> None:
    raise Killed


def each_kind(names: Sequence[str]) -> list[tuple[str, int]]:
    """Return the first and the last write of each name, as its number among them: no kind of step is left out."""
    return [(name, number) for name, count in Counter(names).items() for number in sorted({1, count})]
