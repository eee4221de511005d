"""The chunks and vectors that every engine is measured on: made once by the platform itself, then read again."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from kintsugi.bench.workspace import RUN, workspace
from kintsugi.documents import intake
from kintsugi.embedding.cache import cached_vectors
from kintsugi.errors import ConfigurationError
from kintsugi.index.current import at_most
from kintsugi.index.project import entry_of
from kintsugi.platform import Platform
from kintsugi.records import Chunk
from kintsugi.settings import Settings
from kintsugi.sources.adhoc import adhoc_source
from kintsugi.stores.search import Floats, IndexEntry

BATCH = 1000
QUERY_WORDS = 8
MAX_TOKENS = 100
"""Tokens of a passage: short ones, so that a corpus of moderate size gives many."""


def made(settings: Settings, folder: Path, place: Path, passages: int) -> Platform:
    """Return a platform at ``place`` whose records hold a folder's passages, the first ``passages`` with vectors.

    What is there from an earlier run is kept: nothing is embedded twice.
    """
    chunks = settings.chunks.model_copy(update={"max_tokens": MAX_TOKENS})
    platform = workspace(settings.model_copy(update={"chunks": chunks}), place)
    source, partition = adhoc_source(platform.settings, folder, "bench")
    intake.ingest(platform, source, partition, RUN)
    for batch in at_most(platform.records.scan(Chunk, {"live": True}, limit=passages), BATCH):
        cached_vectors(platform.records, platform.embedder, batch)
    return platform


def entries(platform: Platform, count: int, *, skip: int = 0) -> Iterator[list[IndexEntry]]:
    """Yield ``count`` entries in batches, in id order (ids are hashes: a random sample), after the first ``skip``.

    Raises:
        ConfigurationError: there are not so many.
    """
    left = count
    for batch in at_most(islice(platform.records.scan(Chunk, {"live": True}), skip, skip + count), BATCH):
        vectors = cached_vectors(platform.records, platform.embedder, batch).vectors
        left -= len(batch)
        yield [entry_of(chunk, vectors[chunk.text_hash]) for chunk in batch]
    if left:
        raise ConfigurationError(
            "bench engines: too few passages",
            expected=f"{skip + count}",
            got=f"{skip + count - left}",
            next_step="give a larger folder, or ask for fewer with --chunks",
        )


def queries(platform: Platform, count: int, *, within: int) -> tuple[list[str], Floats]:
    """Return questions and their vectors, float32 (``count``, dimension): words from the middle of ``within`` passages.

    They are spread evenly over the passages, so that a run asks the same ones as the last.
    """
    texts: list[str] = []
    every = max(1, within // count)
    for batch in entries(platform, within):
        texts += [" ".join(_middle(entry.text.split())) for entry in batch[::every] if len(entry.text.split()) > 2]
    asked = texts[:count]
    return asked, np.ascontiguousarray(platform.embedder.embed_queries(asked), dtype=np.float32)


def _middle(words: list[str]) -> list[str]:
    first = max(0, (len(words) - QUERY_WORDS) // 2)
    return words[first : first + QUERY_WORDS]
