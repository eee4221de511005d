"""Who takes part: our adapters on the engines that are set, and what a user would pick instead."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kintsugi.bench.engines import llamaindex
from kintsugi.bench.engines.contestant import Contestant, Ours
from kintsugi.bench.engines.lance_direct import LanceDirect
from kintsugi.settings import OpenSearchSettings, Settings

PREFIX = "kintsugi-bench"


@dataclass(frozen=True)
class Entrant:
    """How a contestant is opened (in any process), and what tells how large its index is, in megabytes."""

    opened: Callable[[], Contestant]
    megabytes: Callable[[], float]


def field(settings: Settings, place: Path, dimension: int) -> list[Entrant]:
    """Return everybody who can take part here, each with a folder of its own.

    The generation has this process in its name: two runs on one cluster stay apart, and the writer, a process of its
    own, writes to the same one.
    """
    generation = f"g-{os.getpid()}"
    weight = settings.retrieval.dense_weight
    lance, indexed, flat = place / "ours", place / "indexed", place / "flat"
    entrants = [
        Entrant(partial(_ours_on_lance, lance, generation, dimension, weight), partial(_in_folder, lance)),
        Entrant(partial(LanceDirect, indexed, vector_index=True), partial(_in_folder, indexed)),
        Entrant(partial(LanceDirect, flat, vector_index=False), partial(_in_folder, flat)),
    ]
    if llamaindex.installed(llamaindex.LANCE):
        wrapped = place / "llamaindex"
        entrants.append(Entrant(partial(llamaindex.over_lance, wrapped), partial(_in_folder, wrapped)))
    remote = settings.opensearch
    if remote.url:
        ours = partial(_ours_on_opensearch, remote, generation, dimension, weight)
        entrants.append(Entrant(ours, partial(_in_cluster, remote, f"{PREFIX}-{generation}")))
        if llamaindex.installed(llamaindex.OPENSEARCH) and not remote.username:
            theirs = partial(llamaindex.over_opensearch, remote.url, dimension)
            entrants.append(Entrant(theirs, partial(_in_cluster, remote, llamaindex.INDEX)))
    return entrants


def _ours_on_lance(folder: Path, generation: str, dimension: int, dense_weight: float) -> Contestant:
    from kintsugi.stores.lance import LanceIndex

    return Ours("kintsugi on lancedb", LanceIndex(folder), generation, dimension, dense_weight)


def _ours_on_opensearch(remote: OpenSearchSettings, generation: str, dimension: int, dense_weight: float) -> Contestant:
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
    return Ours("kintsugi on opensearch", index, generation, dimension, dense_weight)


def _in_folder(folder: Path) -> float:
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file()) / 1e6


def _in_cluster(remote: OpenSearchSettings, index: str) -> float:
    from kintsugi.stores.opensearch.client import connect

    with connect(remote) as client:
        stored = client.indices.stats(index=index, metric="store")["_all"]["primaries"]["store"]
    return float(stored["size_in_bytes"]) / 1e6
