"""The projection on another index: carried over or, where it was lost, rebuilt from records; no model is asked."""

import hashlib
from collections.abc import Iterable, Mapping
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
from kintsugi.stores.search import IndexEntry, SearchIndex, WriteOutcome

PAGE = 500
BUCKETS_AT_ONCE = 64


@dataclass(frozen=True)
class Projected:
    """What became of one generation's index.

    Attributes:
        digests: of the entries that it should hold now, bucket by bucket.
        written: entries that were written; the rest was there from an interrupted migration.
        refused: entries that the engine refused; their chunks are in quarantine.
        waiting: chunks that have no vector yet; the next publish embeds and adds them.
    """

    digests: Mapping[int, BucketDigest]
    written: int = 0
    refused: int = 0
    waiting: int = 0


def rebuild(target: Platform, generation: Generation, run: RunRef, on_progress: Progress) -> Projected:
    """Let the target's index show what the records say, for a generation whose index was lost; may run twice.

    A chunk without a vector isn't embedded: the generation's watermark goes back to the beginning, so that the next
    publish looks at every document again.
    """
    records, index = target.records, target.index
    index.create(generation.id, generation.dimension)
    done, total = 0, records.count(Document)
    expected: dict[int, BucketDigest] = {}
    written = refused = waiting = 0
    for group in in_groups(records.scan(Document)):  # deleted ones too: what an earlier try wrote of them goes
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


def carry(
    source: SearchIndex, target: Platform, generation: Generation, run: RunRef, on_progress: Progress
) -> Projected:
    """Make the target's index of a generation equal to the source's, entry by entry, vectors included.

    Not from the records: what serves after a rollback may be cut in another way, or embedded by another model, than the
    records are now. Only buckets whose digests differ are written, so that it may be killed and run again.
    """
    index = target.index
    index.create(generation.id, generation.dimension)
    here, there = source.digests(generation.id), index.digests(generation.id)
    differing = {bucket for bucket in here.keys() | there.keys() if here.get(bucket) != there.get(bucket)}
    if not differing:
        return Projected(here)
    _remove_extra(source, index, generation, sorted(differing & there.keys()))
    expected: dict[int, BucketDigest] = {}
    written = refused = done = 0
    total = source.count(generation.id)
    entries = source.entries(generation.id)
    while page := list(islice(entries, PAGE)):
        outcome = index.write(generation.id, [each for each in page if each.bucket in differing])
        if outcome.refused:
            chunks = list(target.records.get_many(Chunk, outcome.refused).values())
            quarantine(target.records, generation, chunks, outcome.refused, run)
        _add(expected, (each for each in page if each.id not in outcome.refused))
        written, refused, done = written + outcome.written, refused + len(outcome.refused), done + len(page)
        on_progress(f"index {generation.id}", done, total)
    index.refresh(generation.id)
    return Projected(expected, written, refused)


def dumped(index: SearchIndex, name: str) -> tuple[int, str]:
    """Return count and SHA-256 of the canonical dump of one index."""
    hasher, count = hashlib.sha256(), 0
    for entry in index.entries(name):
        hasher.update(line_of(entry).encode())
        count += 1
    return count, hasher.hexdigest()


def is_complete(generation: Generation) -> bool:
    """Return whether its index is worth carrying: a half-built one is begun anew, from the vectors there are."""
    return generation.state != "building" and generation.dropped_at is None


def _remove_extra(source: SearchIndex, target: SearchIndex, generation: Generation, buckets: list[int]) -> None:
    """Remove what an earlier try wrote and the source doesn't have any more."""
    for at in range(0, len(buckets), BUCKETS_AT_ONCE):
        some = buckets[at : at + BUCKETS_AT_ONCE]
        extra = target.of_buckets(generation.id, some).keys() - source.of_buckets(generation.id, some).keys()
        if extra:
            target.delete(generation.id, sorted(extra))
    if buckets:
        target.refresh(generation.id)


def _write(target: Platform, generation: Generation, chunks: list[Chunk], run: RunRef) -> tuple[set[str], WriteOutcome]:
    """Write entries for chunks that have a vector; return the ids of those that have none, and what came of it."""
    vectors = kept_vectors(target.records, generation.fingerprint, chunks)
    ready = [chunk for chunk in chunks if chunk.text_hash in vectors]
    if not ready:
        return {chunk.id for chunk in chunks}, WriteOutcome(0, {})
    outcome = target.index.write(generation.id, [entry_of(chunk, vectors[chunk.text_hash]) for chunk in ready])
    quarantine(target.records, generation, ready, outcome.refused, run)
    return {chunk.id for chunk in chunks if chunk.text_hash not in vectors}, outcome


def _add(digests: dict[int, BucketDigest], shown: Iterable[Chunk | IndexEntry]) -> None:
    for each in shown:
        sums = digests.get(each.bucket, BucketDigest(0, 0, 0))
        digests[each.bucket] = BucketDigest(
            sums.count + 1, sums.high + (each.digest >> 31), sums.low + (each.digest & 0x7FFFFFFF)
        )
