"""Entries become what the truth says, id by id, with writers at work all the while."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kintsugi.embedding.cache import cached_vectors, kept_vectors
from kintsugi.errors import AGAIN, TransientError
from kintsugi.index.judging import Judged, judge
from kintsugi.index.project import entry_of
from kintsugi.index.refused import quarantine
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Generation, RunRef
from kintsugi.stores.search import Floats

LOOKS = 6
"""How often entries are looked at and written again because the truth changed meanwhile."""


@dataclass(frozen=True)
class Repaired:
    """What a repair did.

    Attributes:
        missing, stale, orphaned: entries that were wrong in this way and are right now.
        embedded: texts whose vector was lost, too, and that the model embedded again.
        refused: entries that the engine refused; held in quarantine.
        without_vector: entries that can't be written, since no vector is kept and the model set now makes others.
    """

    missing: int = 0
    stale: int = 0
    orphaned: int = 0
    embedded: int = 0
    refused: int = 0
    without_vector: int = 0

    def __add__(self, other: "Repaired") -> "Repaired":
        return Repaired(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    @property
    def entries(self) -> int:
        """How many entries were made right."""
        return self.missing + self.stale + self.orphaned


def repair(
    platform: Platform, generation: Generation, ids: Collection[str], run: RunRef, *, touched: Collection[str] = ()
) -> Repaired:
    """Make these entries what the truth says; what is right by now, or is being written, is not touched.

    Both sides are read right before each write and again after it: an entry that an ingest or a publisher changed in
    between is written again, so that whoever writes last has seen the last word. Vectors come from the cache.

    Args:
        platform: the wired platform.
        generation: what is repaired.
        ids: of chunks or entries; a few hundred.
        run: provenance of quarantine records.
        touched: ids that the caller has written itself and wants to be right, see `judge`.

    Raises:
        TransientError: the truth changes faster than it can be written.
        StoreUnavailable: a store can't be reached; what was written stays, and the next repair completes it.
    """
    done = Repaired()
    first = judged = judge(platform, generation, ids, touched=touched)
    mine, hopeless = set(judged.wrong), set[str]()
    for _ in range(LOOKS):
        if not judged.wrong:
            return done + _counts(first, mine - hopeless)
        written = _upsert(platform, generation, judged, run)
        hopeless |= written.impossible
        done += Repaired(embedded=written.embedded, refused=len(written.refused), without_vector=len(written.lacking))
        if orphaned := judged.of("orphaned"):
            platform.index.delete(generation.id, orphaned)
        platform.index.refresh(generation.id)
        judged = judge(platform, generation, mine - hopeless, touched=mine)
    raise TransientError(
        f"generation {generation.id}: {len(judged.wrong)} entries change while they are repaired",
        expected=f"one of {LOOKS} looks without a change",
        got=f"a change of {min(judged.wrong)} each time",
        next_step=f"{AGAIN}; if it lasts, look for a writer that never ends",
    )


@dataclass(frozen=True)
class _Written:
    embedded: int = 0
    refused: frozenset[str] = frozenset()
    lacking: frozenset[str] = frozenset()

    @property
    def impossible(self) -> frozenset[str]:
        return self.refused | self.lacking


def _upsert(platform: Platform, generation: Generation, judged: Judged, run: RunRef) -> _Written:
    chunks = [judged.chunks[id] for id in judged.of("missing", "stale")]
    if not chunks:
        return _Written()
    vectors, embedded = _vectors(platform, generation, chunks)
    able = [chunk for chunk in chunks if chunk.text_hash in vectors]
    refused: dict[str, str] = {}
    if able:
        entries = [entry_of(chunk, vectors[chunk.text_hash]) for chunk in able]
        refused = platform.index.write(generation.id, entries).refused
        quarantine(platform.records, generation, able, refused, run)
    lacking = {chunk.id for chunk in chunks} - {chunk.id for chunk in able}
    return _Written(embedded, frozenset(refused), frozenset(lacking))


def _vectors(platform: Platform, generation: Generation, chunks: Sequence[Chunk]) -> tuple[dict[str, Floats], int]:
    """Return the vectors by text hash; the model is asked only where it is the generation's and a vector was lost."""
    vectors = kept_vectors(platform.records, generation.fingerprint, chunks)
    absent = [chunk for chunk in chunks if chunk.text_hash not in vectors]
    if not absent or platform.embedder.fingerprint.id != generation.fingerprint:
        return vectors, 0
    made = cached_vectors(platform.records, platform.embedder, absent)
    return vectors | made.vectors, made.embedded


def _counts(first: Judged, right: Collection[str]) -> Repaired:
    kinds = [kind for id, kind in first.wrong.items() if id in right]
    return Repaired(kinds.count("missing"), kinds.count("stale"), kinds.count("orphaned"))
