"""LlamaIndex over the same stores, as its manual shows it; measured where its packages are installed."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kintsugi.bench.engines.contestant import K
from kintsugi.stores.search import Floats, IndexEntry

LANCE = "llama_index.vector_stores.lancedb"
OPENSEARCH = "llama_index.vector_stores.opensearch"
INDEX = "llamaindex-passages"
PATIENCE = 120
"""Seconds for an answer of OpenSearch: its client's own ten are too few for 100,000 passages."""


def installed(module: str) -> bool:
    """Return whether a vector store of LlamaIndex is there."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


class LlamaIndex:
    """A vector store of LlamaIndex.

    Args:
        name: what the row says.
        store_for: opens the ``BasePydanticVectorStore`` for one of its query modes.
        hybrid_is: how it fuses.
        forget: what removes its data.
    """

    def __init__(
        self, name: str, store_for: Callable[[str], Any], hybrid_is: str, forget: Callable[[], object]
    ) -> None:
        self.name = name
        self.hybrid_is = hybrid_is
        self._store_for = cache(store_for)
        self._forget = forget

    def write(self, entries: Sequence[IndexEntry]) -> None:
        """Add nodes with the vectors that are there already."""
        from llama_index.core.schema import TextNode

        self._store_for("default").add(
            [TextNode(id_=each.id, text=each.text, embedding=each.vector.tolist()) for each in entries]
        )

    def settle(self) -> None:
        """Its manual asks for nothing."""

    def lexical(self, query: str) -> dict[str, str]:
        """Search by words."""
        return self._texts("text_search", query, None)

    def vector(self, vector: Floats) -> dict[str, str]:
        """Search by meaning."""
        return self._texts("default", None, vector)

    def hybrid(self, query: str, vector: Floats) -> dict[str, str]:
        """Search by both."""
        return self._texts("hybrid", query, vector)

    def close(self) -> None:
        """Remove its data."""
        self._forget()

    def _texts(self, mode: str, query: str | None, vector: Floats | None) -> dict[str, str]:
        from llama_index.core.vector_stores.types import VectorStoreQuery, VectorStoreQueryMode

        asked = VectorStoreQuery(
            query_str=query,
            query_embedding=None if vector is None else vector.tolist(),
            similarity_top_k=K,
            mode=VectorStoreQueryMode(mode),
        )
        return {node.node_id: node.get_content() for node in self._store_for(mode).query(asked).nodes or ()}


def over_lance(place: Path) -> LlamaIndex:
    """Open its LanceDB store in a folder."""
    from llama_index.vector_stores.lancedb import LanceDBVectorStore

    kinds = {"default": "vector", "text_search": "fts", "hybrid": "hybrid"}

    def store_for(mode: str) -> Any:
        there = "append" if place.exists() else "overwrite"
        return LanceDBVectorStore(uri=str(place), table_name="passages", mode=there, query_type=kinds[mode])

    return LlamaIndex("llamaindex on lancedb", store_for, "its own", lambda: None)


def over_opensearch(url: str, dimension: int) -> LlamaIndex:
    """Open its OpenSearch store; the k-NN engine is Lucene, as ours."""
    from llama_index.vector_stores.opensearch import OpensearchVectorClient, OpensearchVectorStore

    method = {"name": "hnsw", "space_type": "cosinesimil", "engine": "lucene"}
    client = OpensearchVectorClient(
        url,
        INDEX,
        dimension,
        engine="lucene",
        space_type="cosinesimil",
        method=method,
        search_pipeline=INDEX,
        timeout=PATIENCE,
    )
    scale = {"normalization-processor": {"normalization": {"technique": "min_max"}}}
    client._os_client.http.put(f"/_search/pipeline/{INDEX}", body={"phase_results_processors": [scale]})
    store = OpensearchVectorStore(client)

    def forget() -> None:
        client._os_client.indices.delete(index=INDEX, ignore_unavailable=True)  # its own `clear` keeps the passages

    return LlamaIndex("llamaindex on opensearch", lambda mode: store, "hybrid query", forget)
