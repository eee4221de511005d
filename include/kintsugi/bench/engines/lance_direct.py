"""LanceDB without the platform, as its manual shows it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kintsugi.bench.engines.contestant import K
from kintsugi.stores.search import Floats, IndexEntry

TABLE = "passages"


class LanceDirect:
    """A table with id, text and vector, a full-text index with its defaults, and its own hybrid search.

    Args:
        place: a folder.
        vector_index: make its default vector index (IVF_PQ); without one every search looks at every vector.
    """

    hybrid_is = "its own (RRF)"

    def __init__(self, place: Path, *, vector_index: bool) -> None:
        import lancedb

        self.name = "lancedb with its vector index" if vector_index else "lancedb without a vector index"
        self._vector_index = vector_index
        self._connection = lancedb.connect(str(place))
        self._table: Any = None
        if TABLE in self._connection.list_tables().tables:
            self._table = self._connection.open_table(TABLE)

    def write(self, entries: Sequence[IndexEntry]) -> None:
        """Upsert rows, as who may run a load twice does."""
        import pyarrow as pa

        vectors = np.stack([entry.vector for entry in entries])
        fields = [
            pa.array([entry.id for entry in entries]),
            pa.array([entry.text for entry in entries]),
            pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), vectors.shape[1]),
        ]
        rows = pa.Table.from_arrays(fields, names=["id", "text", "vector"])
        if self._table is None:
            self._table = self._connection.create_table(TABLE, rows)
        else:
            self._table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all().execute(rows)

    def settle(self) -> None:
        """Make the indexes, or bring them up to date."""
        made = {column for index in self._table.list_indices() for column in index.columns}
        if "text" not in made:
            self._table.create_fts_index("text")
        if self._vector_index and "vector" not in made:
            self._table.create_index(metric="cosine")
        self._table.optimize()

    def lexical(self, query: str) -> dict[str, str]:
        """Search by words."""
        return _texts(self._table.search(query, query_type="fts"))

    def vector(self, vector: Floats) -> dict[str, str]:
        """Search by meaning."""
        return _texts(self._table.search(vector).distance_type("cosine"))

    def hybrid(self, query: str, vector: Floats) -> dict[str, str]:
        """Search by both, fused by LanceDB's default reranker."""
        return _texts(self._table.search(query_type="hybrid").vector(vector).text(query).distance_type("cosine"))

    def close(self) -> None:
        """Drop the table."""
        self._connection.drop_table(TABLE, ignore_missing=True)


def _texts(search: Any) -> dict[str, str]:
    found = search.limit(K).to_arrow()
    return dict(zip(found["id"].to_pylist(), found["text"].to_pylist(), strict=True))
