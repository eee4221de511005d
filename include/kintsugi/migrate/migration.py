"""One migration from its first step to its last: copy, compare, project, compare. Every step may run twice."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from kintsugi.errors import TerminalError
from kintsugi.index.generations import serving
from kintsugi.migrate.copying import Progress, copy, first_foreign
from kintsugi.migrate.digests import digest_of
from kintsugi.migrate.older import copy_of_indexes, copy_of_records, indexes_at, is_a_copy
from kintsugi.migrate.projecting import Projected, carry, dumped, is_complete, rebuild
from kintsugi.platform import Platform
from kintsugi.records import RECORDS, Generation, Lease, Record, RunRef, Vector
from kintsugi.stores.owner import Owner
from kintsugi.stores.place import place_of, shown
from kintsugi.stores.records import BucketDigest


@dataclass(frozen=True)
class Collection:
    """A collection that was moved and found equal; ``written`` is what this run had to write."""

    collection: str
    records: int
    written: int
    sha256: str


@dataclass(frozen=True)
class Moved:
    """A generation's index that was moved.

    Attributes:
        sha256: of its canonical dump, as `kintsugi index dump --digest` prints it for the serving one.
        equal_to_source: true where the source's index has the same dump; ``None`` where that was lost, or the new
            engine refused entries, so that only digests were compared.
    """

    generation: str
    state: str
    entries: int
    written: int
    refused: int
    waiting: int
    sha256: str
    equal_to_source: bool | None


@dataclass(frozen=True)
class Migrated:
    """What a migration did; collections are empty where the records stay, generations where the index does."""

    collections: tuple[Collection, ...] = ()
    generations: tuple[Moved, ...] = ()
    embedded: int = 0
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self)


def migrate(source: Platform, target: Platform, run: RunRef, on_progress: Progress = lambda *_: None) -> Migrated:
    """Make the target's engines hold what the source's hold, and prove it. Killed anywhere, the next call completes it.

    Where both platforms have the same store object, that one stays where it is. What moves is only read at the source;
    the one exception is the platform's own name, which is made up there where it had none yet. Where only the index
    moves, the records, which stay, are written to: what the new engine refuses is held in quarantine, and where a lost
    index is rebuilt without some vectors, its watermark goes back. The target has to be empty or the unfinished work of
    this very migration: see `require_own_target`.

    Raises:
        TerminalError: a comparison failed; names what differs.
        StoreUnavailable: an engine can't be reached.
    """
    begun = time.monotonic()
    if source.index is not target.index and target.settings.opensearch.url:
        Owner(lambda: source.records).made()  # goes along with the records, so that the target's indexes stay its own
    at = source.records.now()
    collections = tuple(_records(source, target, at, on_progress)) if source.records is not target.records else ()
    vectors = target.records.count(Vector)
    generations = tuple(_indexes(source, target, run, on_progress)) if source.index is not target.index else ()
    embedded = target.records.count(Vector) - vectors
    return Migrated(collections, generations, embedded, round(time.monotonic() - begun, 1))


def require_own_target(source: Platform, target: Platform) -> None:
    """Refuse a target that holds something else than a part of the source: nothing of it is overwritten.

    Raises:
        TerminalError: names the first record or the indexes that are in the way, and whether they are an older copy.
    """
    place = shown(target.settings, place_of(target.settings))
    if source.records is not target.records and (foreign := first_foreign(source.records, target.records)):
        if is_a_copy(source.records, target.records):
            found = f"{foreign.collection} {foreign.id}, which the source has no longer like that"
            raise copy_of_records(source, target, found)
        raise TerminalError(
            f"migrate: the target holds records of something else: {foreign.collection} {foreign.id}",
            expected="an empty database",
            got=f"records in {place.records} that are not the source's",
            next_step="name another database (mongo.database), or empty that one yourself, then `kintsugi migrate`",
        )
    if source.index is not target.index:
        names = {each.id for each in source.records.scan(Generation)} & set(indexes_at(source, target))
        if names and target.settings.opensearch.url:  # which lists no platform's but the source's
            raise copy_of_indexes(target, sorted(names))
        if names:
            raise TerminalError(
                f"migrate: the target has indexes of these names: {', '.join(sorted(names))}",
                expected="none of them: another platform may be using them",
                got=f"them, in {place.index}",
                next_step="name another opensearch.prefix, or remove them yourself, then `kintsugi migrate`",
            )


def require_no_writer(source: Platform) -> None:
    """Refuse to move records that somebody is working on.

    Raises:
        TerminalError: a lease is held that hasn't run out.
    """
    now = source.records.now()
    held = next((each for each in source.records.scan(Lease) if each.expires_at > now), None)
    if held is not None:
        raise TerminalError(
            f"migrate: {held.id} is being worked on",
            expected="nobody who writes",
            got=f"a lease of {held.holder} that ends in {held.expires_at - now:.0f} s",
            next_step="stop what runs (`kintsugi down`), or wait until the lease has run out",
        )


def _records(source: Platform, target: Platform, at: float, on_progress: Progress) -> Iterator[Collection]:
    written = {kind: copy(source.records, target.records, kind, at, on_progress).written for kind in RECORDS}
    for number, kind in enumerate(RECORDS):
        compared = _compared(source, target, kind, at, written[kind])
        on_progress("comparing", number + 1, len(RECORDS))
        yield compared
    one, other = source.records.digests(), target.records.digests()
    _require_equal("live chunks, bucket by bucket", one, other)


def _compared(source: Platform, target: Platform, kind: type[Record], at: float, written: int) -> Collection:
    before, after = digest_of(source.records, kind, at), digest_of(target.records, kind, at)
    if before != after:
        raise TerminalError(
            f"migrate: {kind.collection} differs after copying",
            expected=f"{before.records} records, SHA-256 {before.sha256[:12]}…",
            got=f"{after.records} records, SHA-256 {after.sha256[:12]}…",
            next_step="somebody may still be writing: stop it, then run `kintsugi migrate` again; nothing was switched",
        )
    return Collection(kind.collection, after.records, written, after.sha256)


def _indexes(source: Platform, target: Platform, run: RunRef, on_progress: Progress) -> Iterator[Moved]:
    served = serving(target.records)
    generations = list(target.records.scan(Generation))
    names = set(source.index.names())
    moved: set[str] = set()
    for generation in generations:
        is_served = served is not None and generation.id == served.id
        if generation.id in names and (is_served or is_complete(generation)):
            made = carry(source.index, target, generation, run, on_progress)
            yield _verified(source, target, generation, made, is_lost=False)
        elif is_served:
            yield _verified(source, target, generation, rebuild(target, generation, run, on_progress), is_lost=True)
        else:
            continue
        moved.add(generation.id)
    for name in {each.id for each in generations} & set(target.index.names()) - moved:
        target.index.drop(name)  # an earlier try carried it, and the source gave it up since
    if served is not None:
        target.index.serve(served.id)


def _verified(source: Platform, target: Platform, generation: Generation, made: Projected, *, is_lost: bool) -> Moved:
    """Compare the index with what it should hold, and its dump with the source's where that is the same content."""
    _require_equal(f"index {generation.id}", made.digests, target.index.digests(generation.id))
    entries, sha256 = dumped(target.index, generation.id)
    comparable = not is_lost and not made.refused
    if comparable and dumped(source.index, generation.id) != (entries, sha256):
        target.index.drop(generation.id)  # equal digests: the next try would leave it as it is
        raise TerminalError(
            f"migrate: the dumps of index {generation.id} differ",
            expected="the source's text, metadata and vectors, to the byte",
            got=f"SHA-256 {sha256[:12]}… of {entries} entries; removed at the target",
            next_step="run `kintsugi migrate` again: it is filled anew; nothing was switched",
        )
    equal = True if comparable else None
    return Moved(generation.id, generation.state, entries, made.written, made.refused, made.waiting, sha256, equal)


def _require_equal(what: str, one: Mapping[int, BucketDigest], other: Mapping[int, BucketDigest]) -> None:
    differing = sorted(bucket for bucket in one.keys() | other.keys() if one.get(bucket) != other.get(bucket))
    if differing:
        raise TerminalError(
            f"migrate: {what}: the digests differ in {len(differing)} buckets",
            expected=f"{sum(each.count for each in one.values())} entries",
            got=f"{sum(each.count for each in other.values())}, first difference in bucket {differing[0]}",
            next_step="run `kintsugi migrate` again; nothing was switched",
        )
