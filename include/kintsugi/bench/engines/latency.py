"""Latencies of one client, one call after the other."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Latency:
    """Percentiles in milliseconds (linear interpolation), and calls a second."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    per_second: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Latency":
        """Summarise the durations of calls; at least one."""
        p50, p95, p99 = (round(1000 * float(each), 2) for each in np.percentile(seconds, (50, 95, 99)))
        return cls(p50, p95, p99, round(len(seconds) / sum(seconds), 1))


def timed(calls: Iterable[Callable[[], object]]) -> list[float]:
    """Run the calls; return how long each took, in seconds."""
    durations = []
    for call in calls:
        begun = time.perf_counter()
        call()
        durations.append(time.perf_counter() - begun)
    return durations
