"""Workers as real processes: started together, answered by each, or killed in the middle."""

import multiprocessing
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

_PATIENCE = 90.0
_FRESH = multiprocessing.get_context("spawn")
"""Spawned, not forked: as an Airflow worker starts, with nothing inherited."""


def together(worker: Callable[..., Any], processes: int, *args: Any) -> list[Any]:
    """Return what ``worker(who, *args)`` returned in each of the processes, which begin at the same moment."""
    barrier = _FRESH.Barrier(processes)
    started = []
    for who in range(processes):
        mine, theirs = _FRESH.Pipe(duplex=False)
        process = _FRESH.Process(target=_report, args=(theirs, barrier, worker, who, *args))
        process.start()
        theirs.close()
        started.append((process, mine))
    answers = []
    for process, pipe in started:
        assert pipe.poll(_PATIENCE), f"no answer from {worker.__name__} within {_PATIENCE:g} s"
        failed, answer = pipe.recv()
        process.join()
        assert not failed, answer
        answers.append(answer)
    return answers


def killed_after(writer: Callable[..., Iterator[str]], acknowledgements: int, *args: Any) -> list[str]:
    """Let ``writer(*args)`` yield so many acknowledgements in a process, kill it −9, and return all that it gave."""
    mine, theirs = _FRESH.Pipe(duplex=False)
    process = _FRESH.Process(target=_acknowledge, args=(theirs, writer, *args))
    process.start()
    theirs.close()
    given: list[str] = []
    try:
        while len(given) < acknowledgements:
            assert mine.poll(_PATIENCE), f"no acknowledgement within {_PATIENCE:g} s"
            given.append(mine.recv())
    finally:
        process.kill()
        process.join()
    while True:
        try:
            given.append(mine.recv())
        except EOFError:
            return given


def _report(pipe: Connection, barrier: Barrier, worker: Callable[..., Any], *args: Any) -> None:
    barrier.wait(_PATIENCE)
    try:
        pipe.send((False, worker(*args)))
    except Exception:  # noqa: BLE001 - the other side raises it
        pipe.send((True, traceback.format_exc()))


def _acknowledge(pipe: Connection, writer: Callable[..., Iterator[str]], *args: Any) -> None:
    for acknowledged in writer(*args):
        pipe.send(acknowledged)
