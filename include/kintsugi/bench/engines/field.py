"""Who takes part: our adapters on the engines that are set, and what a user would pick instead."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kintsugi.bench.engines import llamaindex
from kintsugi.bench.engines.contestant import Contestant, Ours
from kintsugi.bench.engines.lance_direct import LanceDirect
from kintsugi.settings import OpenSearchSettings, Settings

GENERATION = "g-bench-001"
PREFIX = "kintsugi-bench"


@dataclass(frozen=True)
class Entrant:
    """How a contestant is opened (in any process), where its files are, and whether it is ours."""

    opened: Callable[[], Contestant]
    folder: Path | None
    ours: bool


def field(settings: Settings, place: Path, dimension: int) -> list[Entrant]:
    """Return everybody who can take part here, each with a folder of its own."""
    weight = settings.retrieval.dense_weight
    lance, indexed, flat = place / "ours", place / "indexed", place / "flat"
    entrants = [
        Entrant(partial(_ours_on_lance, lance, dimension, weight), lance, ours=True),
        Entrant(partial(LanceDirect, indexed, vector_index=True), indexed, ours=False),
        Entrant(partial(LanceDirect, flat, vector_index=False), flat, ours=False),
    ]
    if llamaindex.installed(llamaindex.LANCE):
        wrapped = place / "llamaindex"
        entrants.append(Entrant(partial(llamaindex.over_lance, wrapped), wrapped, ours=False))
    remote = settings.opensearch
    if remote.url:
        entrants.append(Entrant(partial(_ours_on_opensearch, remote, dimension, weight), None, ours=True))
        if llamaindex.installed(llamaindex.OPENSEARCH) and not remote.username:
            entrants.append(Entrant(partial(llamaindex.over_opensearch, remote.url, dimension), None, ours=False))
    return entrants


def _ours_on_lance(folder: Path, dimension: int, dense_weight: float) -> Contestant:
    from kintsugi.stores.lance import LanceIndex

    return Ours("kintsugi on lancedb", LanceIndex(folder), GENERATION, dimension, dense_weight)


def _ours_on_opensearch(remote: OpenSearchSettings, dimension: int, dense_weight: float) -> Contestant:
    from kintsugi.stores.opensearch import OpenSearchIndex
    from kintsugi.stores.opensearch.client import connect

    index = OpenSearchIndex(
        partial(connect, remote),
        prefix=PREFIX,
        knn_engine=remote.knn_engine,
        shards=remote.shards,
        replicas=remote.replicas,
        timeout=remote.timeout,
    )
    return Ours("kintsugi on opensearch", index, GENERATION, dimension, dense_weight)
