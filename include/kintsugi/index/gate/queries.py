"""The golden queries: the user's own, then those of feedback, then known items up to the number that is set."""

from collections.abc import Iterator
from dataclasses import dataclass

from kintsugi.errors import DataError
from kintsugi.index.gate.from_feedback import feedback_queries
from kintsugi.index.gate.from_file import read_golden
from kintsugi.index.gate.known_items import known_items
from kintsugi.index.gate.query import GoldenQuery
from kintsugi.platform import Platform

__all__ = ["GoldenQueries", "GoldenQuery", "golden_queries"]

PROBLEMS_KEPT = 5
"""A file may be wrong in every line; `kintsugi golden check` names all of them."""


@dataclass(frozen=True)
class GoldenQueries:
    """The queries to ask, and the first `PROBLEMS_KEPT` things that are wrong with lines of the user's file."""

    queries: tuple[GoldenQuery, ...]
    problems: tuple[DataError, ...]


def golden_queries(platform: Platform, count: int | None = None) -> GoldenQueries:
    """Return at most ``count`` queries, ``generations.gate_queries`` where it isn't given; no text comes twice.

    A line of the file that can't be used is reported and left out, and so is a file that can't be read: a typing error
    must not stop a publish. The file is read as far as its queries are needed.
    """
    most = platform.settings.generations.gate_queries if count is None else count
    chosen: dict[str, GoldenQuery] = {}
    problems: list[DataError] = []
    for found in _in_order(platform, most):
        if isinstance(found, DataError):
            if len(problems) < PROBLEMS_KEPT:
                problems.append(found)
            continue
        chosen.setdefault(found.text, found)
        if len(chosen) == most:
            break
    return GoldenQueries(tuple(chosen.values()), tuple(problems))


def _in_order(platform: Platform, most: int) -> Iterator[GoldenQuery | DataError]:
    yield from read_golden(platform.records, platform.settings.golden)
    yield from feedback_queries(platform.records, most)
    yield from known_items(platform.records, most)
