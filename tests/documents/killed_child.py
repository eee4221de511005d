"""A process that takes a stage in and dies: by its own hand at a write, or by its parent's at any moment."""

import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from kintsugi.settings import load_settings
from tests.documents.changing import take_in
from tests.index.crashing import Counted, opened

TRANSPOSED = {"put": 0, "insert_missing": 0, "delete": 1, "write": 1}
"""Which argument of a bulk write are the many things."""


class DiesWithin:
    """Dies at the n-th write (from 0): before it, after half of what it writes, or after it."""

    def __init__(self, last: int, rng: Random, die: Any) -> None:
        self.writes = 0
        self._last = last
        self._rng = rng
        self._die = die

    def __call__(self, inner: Any, name: str, args: tuple[Any, ...]) -> None:
        if self.writes == self._last:
            share = self._rng.choice((0.0, 0.5, 1.0))
            if share == 1.0:
                getattr(inner, name)(*args)
            elif share and name in TRANSPOSED:
                many = TRANSPOSED[name]
                some = list(args[many])
                getattr(inner, name)(*args[:many], some[: len(some) // 2], *args[many + 1 :])
            self._die()
        self.writes += 1


def main(line: "Connection[Any, Any]", home: str, var: str, root: str, last: int, seed: int) -> None:
    """Take stage 2 in; kill this process at a write, from 0, or at none where that is negative."""
    platform = opened(Path(var), load_settings({"KINTSUGI_HOME": home}), time.time)
    dies = DiesWithin(last, Random(seed), lambda: os.kill(os.getpid(), signal.SIGKILL))
    line.send("ready")
    take_in(
        platform.using(records=Counted(platform.records, dies), index=Counted(platform.index, dies)),
        Path(root),
        2,
        "killed",
    )
    platform.close()
    line.send(dies.writes)
