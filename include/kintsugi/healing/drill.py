"""A small live drill: damage the index by hand, as a fault would, and see it healed."""

from dataclasses import dataclass
from itertools import islice

from kintsugi.errors import TerminalError
from kintsugi.index.generations import serving
from kintsugi.platform import Platform


@dataclass(frozen=True)
class Removed:
    """What a drill took out of the index: entry id → digest of each."""

    generation: str
    entries: dict[str, int]


def remove_chunks(platform: Platform, count: int, source: str = "runbooks") -> Removed:
    """Delete up to ``count`` entries of one source from the served index, and nothing from the truth.

    Raises:
        TerminalError: nothing is served yet, or the source has no chunks in the index.
    """
    from kintsugi.records import Chunk

    generation = serving(platform.records)
    if generation is None:
        raise TerminalError("drill: no generation is served", next_step="run `kintsugi up`, or ingest something first")
    chunks = list(islice(platform.records.scan(Chunk, {"source": source, "live": True}), count))
    if not chunks:
        raise TerminalError(f"drill: source {source} has no chunks", next_step=f"ingest {source} first")
    platform.index.delete(generation.id, [chunk.id for chunk in chunks])
    platform.index.refresh(generation.id)
    return Removed(generation.id, {chunk.id: chunk.digest for chunk in chunks})


def is_healed(platform: Platform, removed: Removed) -> bool:
    """Return whether every removed entry is back in that generation with the same digest."""
    back = {entry.id: entry.digest for entry in platform.index.entries(removed.generation, removed.entries)}
    return back == removed.entries
