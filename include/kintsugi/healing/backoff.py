"""Pauses between tries."""

import random


def delay_before(retry: int, rng: random.Random, *, base: float, cap: float) -> float:
    """Return the seconds to wait before the ``retry``-th (from 1) retry.

    Exponential with equal jitter: half of ``min(cap, base · 2^(retry-1))`` is certain, half is random, so that many
    waiters spread out and none comes back at once (M. Brooker, "Exponential Backoff and Jitter", AWS, 2015).
    """
    ceiling = min(cap, base * 2.0 ** min(retry - 1, 60))
    return ceiling / 2 + rng.uniform(0, ceiling / 2)
