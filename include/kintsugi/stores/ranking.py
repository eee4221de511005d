"""A deterministic k best from an engine that breaks ties as it likes."""

from collections.abc import Callable

from kintsugi.stores.search import Hit

SPARE, WIDEST = 8, 2048
"""Hits beyond k that are asked for at first, so that a small tie takes no second question, and at most."""


def best(ranked: Callable[[int], list[Hit]], k: int) -> list[Hit]:
    """Return the k best of ``ranked(limit)``, equal scores in id order.

    Where the k-th and the next have equal scores, the engine's choice between them is arbitrary: more are asked for
    until the tie ends (or `WIDEST` beyond k, where one tie is as good as another).
    """
    if k <= 0:
        return []
    limit = k + SPARE
    while True:
        hits = sorted(ranked(limit), key=lambda hit: (-hit.score, hit.id))
        tied = len(hits) == limit and hits[-1].score == hits[k - 1].score
        if not tied or limit >= k + WIDEST:
            return hits[:k]
        limit = min(k + (limit - k) * 8, k + WIDEST)
