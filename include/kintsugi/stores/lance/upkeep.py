"""What keeps an index quick: its text index, its vector index, compaction, and the end of old versions."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from kintsugi.stores.lance.rows import TEXT, VECTOR

if TYPE_CHECKING:
    from lancedb.table import Table

VECTOR_INDEX_ROWS = 50_000
"""Below, exact search is quick enough (about 100 ms at this size) and always right."""

UNINDEXED_ROWS = 512
FRAGMENTS = 24
"""Rows that the text index lacks are found by a scan (about 0.1 ms each): compaction waits for either number."""

OLD_VERSIONS = timedelta(minutes=15)
"""How long a version that a slow reader may still be reading is kept."""


@dataclass(frozen=True)
class Condition:
    """What decides whether upkeep pays: rows that the text index lacks, and small files."""

    unindexed: int
    fragments: int

    def compaction_pays(self) -> bool:
        """Return whether enough has changed since the last compaction."""
        return self.unindexed >= UNINDEXED_ROWS or self.fragments >= FRAGMENTS


def ensure_text_index(table: "Table") -> None:
    """Make the BM25 index where it is missing.

    Words by Unicode's rules (also for Japanese, Chinese and Thai), stemmed, without stop words; words of any length,
    since hashes and paths are searched for.
    """
    from lancedb.index import FTS

    if not any(TEXT in index.columns for index in table.list_indices()):
        config = FTS(base_tokenizer="icu", max_token_length=None, stem=True, remove_stop_words=True)
        table.create_index(TEXT, config=config)


def condition(table: "Table") -> Condition:
    """Return what decides whether upkeep pays."""
    name = next(index.name for index in table.list_indices() if TEXT in index.columns)
    statistics = table.index_stats(name)
    return Condition(
        unindexed=statistics.num_unindexed_rows if statistics else 0,
        fragments=table.stats()["fragment_stats"]["num_small_fragments"],
    )


def compact(table: "Table") -> None:
    """Merge small files, bring the indexes up to date, and remove versions that nobody can be reading any more."""
    table.optimize(cleanup_older_than=OLD_VERSIONS)


def wants_vector_index(table: "Table") -> bool:
    """Return whether the table has grown large enough for a vector index and has none."""
    return table.count_rows() >= VECTOR_INDEX_ROWS and not any(
        VECTOR in index.columns for index in table.list_indices()
    )


def make_vector_index(table: "Table") -> None:
    """Make the vector index.

    IVF with scalar quantisation: 5 s for 100,000 × 384 on two cores, and recall@10 1.0 on clustered vectors with the
    probes and refinement of `searching`. HNSW takes 16 times as long to build, product quantisation lost half of the
    neighbours.
    """
    from lancedb.index import IvfSq

    table.create_index(VECTOR, config=IvfSq(distance_type="cosine"))
