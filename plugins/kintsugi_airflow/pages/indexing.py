"""What the page *Index* shows: the view of the index, and the comparison with the records where there is one."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from kintsugi.errors import KintsugiError
from kintsugi.observe.comparison import Comparison, compare_served
from kintsugi.observe.engines import Engine, engines
from kintsugi.observe.index_view import Generations, IndexView, index_view
from kintsugi.platform import Platform
from kintsugi.records import Chunk
from kintsugi_airflow.pages.opened import OpenedOnce
from kintsugi_airflow.pages.remembered import Remembered

ENGINES_FOR = 15.0
COMPARED_FOR = 60.0
ON_REQUEST_WITHIN = 5.0
"""Seconds; somebody who keeps asking to compare now gets the same comparison for so long."""

CHEAP = 100_000
"""Live chunks up to which records and index are compared without being asked: the sums take a fraction of a second."""


@dataclass(frozen=True)
class IndexSeen:
    """Everything on the page *Index*, and what ``/api/index`` gives.

    ``comparison`` is ``None`` where nothing was compared lately; ``compares_itself`` says whether it need not be asked
    for.
    """

    at: float
    generations: Generations | None
    engines: tuple[Engine, ...]
    comparison: Comparison | None
    compares_itself: bool


class IndexPage:
    """Reads the page; what costs something is kept for some seconds. Every method may be called from many threads.

    Args:
        opened: the platform.
        clock: for how long readings are kept.
    """

    def __init__(self, opened: OpenedOnce, clock: Callable[[], float] = time.monotonic) -> None:
        self._opened = opened
        self._engines = Remembered(lambda: engines(opened.platform()), ENGINES_FOR, clock)
        self._comparison = Remembered(lambda: compare_served(opened.platform()), COMPARED_FOR, clock)

    def seen(self, *, compare: bool, texts: bool) -> IndexSeen:
        """Return what is shown.

        Args:
            compare: whether somebody asked for a comparison now.
            texts: whether they may read golden queries and titles.

        Raises:
            KintsugiError: there is no platform to show; trouble of its engines is shown instead.
        """
        platform = self._opened.platform()
        view = index_view(platform, self._engines.get())
        reachable = view.generations is not None and not any(engine.error for engine in view.engines)
        cheap = reachable and _is_cheap(platform)
        shown = view if texts else view.without_texts()
        return IndexSeen(
            at=shown.at,
            generations=shown.generations,
            engines=shown.engines,
            comparison=self._compared(view, compare=compare, cheap=cheap) if reachable else self._comparison.last(),
            compares_itself=cheap,
        )

    def _compared(self, view: IndexView, *, compare: bool, cheap: bool) -> Comparison | None:
        last = self._comparison.last()
        if last is not None and not _is_of(last, view):
            self._comparison.forget()
            last = None
        if not compare and not cheap:
            return last
        try:
            return self._comparison.get(within=ON_REQUEST_WITHIN if compare else None)
        except KintsugiError:
            return last


def _is_of(comparison: Comparison, view: IndexView) -> bool:
    """Return whether it is about the generations that serve and served before."""
    named = {view.generations.serving, view.generations.previous} - {""} if view.generations else set()
    return {side.generation for side in comparison.sides} == named


def _is_cheap(platform: Platform) -> bool:
    try:
        return platform.records.count(Chunk, {"live": True}) <= CHEAP
    except KintsugiError:
        return False
