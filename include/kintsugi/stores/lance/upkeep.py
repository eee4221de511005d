"""What keeps an index quick: indexes of words, of keys, of vectors, compaction, and the end of old versions."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from kintsugi.stores.lance.rows import TEXT, VECTOR
from kintsugi.stores.stop_words import STOP_WORDS

if TYPE_CHECKING:
    from lancedb.table import Table

KEYS = ("id", "document", "bucket")
"""Columns that entries are looked up by; without an index each look reads the whole column."""

VECTOR_INDEX_ROWS = 10_000
"""Below, exact search is quick enough (about 20 ms at this size) and always right."""

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


def ensure_indexes(table: "Table") -> None:
    """Make the indexes of words, keys and access where they are missing.

    Words by Unicode's rules (also for Japanese, Chinese and Thai), stemmed, without stop words; words of any length,
    since hashes and paths are searched for.
    """
    from lancedb.index import FTS, BTree, LabelList

    made = {column for index in table.list_indices() for column in index.columns}
    if TEXT not in made:
        config = FTS(
            base_tokenizer="icu",
            max_token_length=None,
            stem=True,
            remove_stop_words=True,
            custom_stop_words=STOP_WORDS.split(),
        )
        table.create_index(TEXT, config=config)
    for key in KEYS:
        if key not in made:
            table.create_index(key, config=BTree())
    if "access" not in made:
        table.create_index("access", config=LabelList())


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
    """Make the vector index: IVF with rotational quantisation (Gao and Long, RaBitQ, SIGMOD 2024) of four bits.

    With the probes and refinement of `searching` it finds what an exact search does, see the recall in docs/figures.md;
    LanceDB's default, product quantisation, finds less than half. Scalar quantisation is slower for the same recall,
    HNSW is slower to make.
    """
    from lancedb.index import IvfRq

    table.create_index(VECTOR, config=IvfRq(distance_type="cosine", num_bits=4))
