"""The projection on another index: built from the records and their vectors; no model is asked."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from kintsugi.embedding.cache import kept_vectors
from kintsugi.index.current import at_most, chunks_of, in_groups
from kintsugi.index.dump import line_of
from kintsugi.index.generations import changed
from kintsugi.index.project import entry_of
from kintsugi.index.refused import quarantine
from kintsugi.migrate.copying import Progress
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, Generation, RunRef
from kintsugi.stores.records import BucketDigest
from kintsugi.stores.search import SearchIndex, WriteOutcome

PAGE = 500


@dataclass(frozen=True)
class Projected:
    """What became of one generation's index.

    Attributes:
        digests: of the entries that it should hold now, bucket by bucket.
        written: entries that were written; the rest was there from an interrupted migration.
        refused: chunks that the engine refused; they are in quarantine.
        waiting: chunks that have no vector yet; the next publish embeds and adds them.
    """

    digests: Mapping[int, BucketDigest]
    written: int = 0
    refused: int = 0
    waiting: int = 0


def rebuild(target: Platform, generation: Generation, run: RunRef, on_progress: Progress) -> Projected:
    """Let the target's index show of every living document what the records say; resumes where it was killed.

    A chunk without a vector isn't embedded: the generation's watermark goes back to the beginning, so that the next
    publish looks at every document again.
    """
    records, index = target.records, target.index
    index.create(generation.id, generation.dimension)
    done, total = 0, records.count(Document, {"deleted_at": None})
    expected: dict[int, BucketDigest] = {}
    written = refused = waiting = 0
    for group in in_groups(records.scan(Document, {"deleted_at": None})):
        shown = index.of_documents(generation.id, [each.id for each in group])
        extra = set(shown)
        for chunks in at_most(chunks_of(records, group)):
            extra -= {chunk.id for chunk in chunks}
            lacking = [chunk for chunk in chunks if shown.get(chunk.id) != chunk.digest]
            without, outcome = _write(target, generation, lacking, run)
            _add(expected, (chunk for chunk in chunks if chunk.id not in without and chunk.id not in outcome.refused))
            written, refused = written + outcome.written, refused + len(outcome.refused)
            waiting += len(without)
        index.delete(generation.id, sorted(extra))
        done += len(group)
        on_progress(f"index {generation.id}", done, total)
    index.refresh(generation.id)
    if waiting:
        changed(records, generation.id, lambda each: each.but(watermark=0.0))
    return Projected(expected, written, refused, waiting)


def carry(source: SearchIndex, target: SearchIndex, generation: Generation, on_progress: Progress) -> Projected:
    """Copy a generation's index entry by entry, vectors included.

    For generations that don't serve: an older chunker's passages are in their index only. What an interrupted migration
    wrote is written again only where bucket digests differ.
    """
    target.create(generation.id, generation.dimension)
    written = 0
    if source.digests(generation.id) != target.digests(generation.id):
        total = source.count(generation.id)
        entries = source.entries(generation.id)
        while page := list(islice(entries, PAGE)):
            written += target.write(generation.id, page).written
            on_progress(f"index {generation.id}", written, total)
        target.refresh(generation.id)
    return Projected(source.digests(generation.id), written)


def dumped(index: SearchIndex, name: str) -> tuple[int, str]:
    """Return count and SHA-256 of the canonical dump of one index."""
    hasher, count = hashlib.sha256(), 0
    for entry in index.entries(name):
        hasher.update(line_of(entry).encode())
        count += 1
    return count, hasher.hexdigest()


def to_carry(platform: Platform) -> Iterator[Generation]:
    """Yield the generations whose index there is to carry over: not those that are half built.

    `publish` begins a half-built one anew, from the vectors that are there.
    """
    names = set(platform.index.names())
    for generation in platform.records.scan(Generation):
        if generation.id in names and generation.state != "building":
            yield generation


def _write(target: Platform, generation: Generation, chunks: list[Chunk], run: RunRef) -> tuple[set[str], WriteOutcome]:
    """Write entries for chunks that have a vector; return the ids of those that have none, and what came of it."""
    vectors = kept_vectors(target.records, generation.fingerprint, chunks)
    ready = [chunk for chunk in chunks if chunk.text_hash in vectors]
    if not ready:
        return {chunk.id for chunk in chunks}, WriteOutcome(0, {})
    outcome = target.index.write(generation.id, [entry_of(chunk, vectors[chunk.text_hash]) for chunk in ready])
    quarantine(target.records, generation, ready, outcome.refused, run)
    return {chunk.id for chunk in chunks if chunk.text_hash not in vectors}, outcome


def _add(digests: dict[int, BucketDigest], chunks: Iterator[Chunk]) -> None:
    for chunk in chunks:
        sums = digests.get(chunk.bucket, BucketDigest(0, 0, 0))
        digests[chunk.bucket] = BucketDigest(
            sums.count + 1, sums.high + (chunk.digest >> 31), sums.low + (chunk.digest & 0x7FFFFFFF)
        )
