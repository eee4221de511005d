"""A writer in a process of its own, so that searches are measured while somebody ingests."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path

from kintsugi.bench.engines.contestant import Contestant
from kintsugi.bench.engines.corpus import entries
from kintsugi.bench.workspace import workspace
from kintsugi.errors import TransientError
from kintsugi.settings import Settings

BATCHES_BETWEEN = 5
"""Batches of a thousand that are written before they are made searchable."""

START_SECONDS = 120.0
STOP_SECONDS = 120.0


@contextmanager
def ingesting(
    open_contestant: Callable[[], Contestant], settings: Settings, place: Path, skip: int, count: int
) -> Iterator[None]:
    """Write passages ``skip`` … ``skip + count`` of the corpus at ``place`` over and over while the block runs.

    Raises:
        TransientError: the writer ended by itself.
    """
    spawn = multiprocessing.get_context("spawn")
    begun, enough = spawn.Event(), spawn.Event()
    arguments = (open_contestant, settings, place, skip, count, begun, enough)
    writer = spawn.Process(target=_write, args=arguments, daemon=True)
    writer.start()
    try:
        if not begun.wait(START_SECONDS):
            raise TransientError("bench engines: the writer did not start", expected=f"within {START_SECONDS:g} s")
        yield
        if not writer.is_alive():
            raise TransientError("bench engines: the writer ended before the searches", got=f"exit {writer.exitcode}")
    finally:
        enough.set()
        writer.join(STOP_SECONDS)
        if writer.is_alive():
            writer.kill()
            writer.join()


def _write(
    open_contestant: Callable[[], Contestant],
    settings: Settings,
    place: Path,
    skip: int,
    count: int,
    begun: Event,
    enough: Event,
) -> None:
    contestant = open_contestant()
    platform = workspace(settings, place)
    written = 0
    while not enough.is_set():
        for batch in entries(platform, count, skip=skip):
            contestant.write(batch)
            begun.set()
            written += 1
            if written % BATCHES_BETWEEN == 0:
                contestant.settle()
            if enough.is_set():
                break
    platform.close()
