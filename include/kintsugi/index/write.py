"""Third step of a publish: the index shows of each document what the truth says, no more and no less."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kintsugi.documents.chunk import pipeline_of
from kintsugi.embedding.cache import cached_vectors
from kintsugi.errors import AGAIN, FingerprintMismatch, TransientError
from kintsugi.index.current import IdRange, at_most, changed_documents, chunks_of, in_groups
from kintsugi.index.cuts import beyond_truth, only_cut_otherwise
from kintsugi.index.generations import alive, named, pointer_of
from kintsugi.index.project import entry_of
from kintsugi.index.refused import quarantine
from kintsugi.platform import Platform
from kintsugi.records import Document, Generation, RunRef

GroupWriter = Callable[[Sequence[Document]], "WriteCounts"]

LOOKS = 4
"""How often a group of documents is written again because it changed while it was written."""


@dataclass(frozen=True)
class WriteCounts:
    """Entries written, deleted, left as they were, and refused by the engine."""

    written: int = 0
    deleted: int = 0
    unchanged: int = 0
    refused: int = 0

    def __add__(self, other: "WriteCounts") -> "WriteCounts":
        return WriteCounts(
            self.written + other.written,
            self.deleted + other.deleted,
            self.unchanged + other.unchanged,
            self.refused + other.refused,
        )


def write(platform: Platform, generation: str, since: float, batch: IdRange, run: RunRef) -> WriteCounts:
    """Write what the index lacks of the changed documents in this range, delete what it should not show any more.

    What is there already, by digest, is not written again. Several publishers may write at once: after writing, the
    documents are looked at again, and those that changed meanwhile are written again, so that whoever writes last has
    seen the last word.

    In the generation that serves, what was cut with other settings and says the same stays as it was until it is
    ingested again: with settings that are set back, cuts that the gate rejected would be answered with.

    Raises:
        FingerprintMismatch: the embedder's vectors are not those of the generation.
        TransientError: the documents change faster than they can be written.
    """
    target = named(platform.records, generation)
    require_fingerprint(platform, target)
    counts = WriteCounts()
    for group in in_groups(changed_documents(platform.records, since, batch)):
        counts += until_steady(platform, target, group, lambda some: _write_but_other_cuts(platform, target, some, run))
        alive(platform.records, generation)
    return counts


def differs(platform: Platform, generation: str, documents: Sequence[Document]) -> bool:
    """Tell whether the generation shows of these documents anything else than the truth says."""
    shown = platform.index.of_documents(generation, [each.id for each in documents])
    return shown != {chunk.id: chunk.digest for chunk in chunks_of(platform.records, documents)}


def until_steady(
    platform: Platform, generation: Generation, documents: Sequence[Document], write_group: GroupWriter
) -> WriteCounts:
    """Write a group of documents, and those that changed meanwhile again, until none has.

    Raises:
        TransientError: the documents change faster than they can be written.
    """
    counts = WriteCounts()
    rest = documents
    for _ in range(LOOKS):
        counts += write_group(rest)
        now = platform.records.get_many(Document, [each.id for each in rest])
        rest = [now[each.id] for each in rest if each.id in now and now[each.id].version != each.version]
        if not rest:
            return counts
    raise TransientError(
        f"generation {generation.id}: {len(rest)} documents change while they are written",
        expected=f"one of {LOOKS} looks without a change",
        got=f"changes of {rest[0].source}/{rest[0].external_id} each time",
        next_step=f"{AGAIN}; if it lasts, look for a writer that never ends",
    )


def write_group(platform: Platform, generation: Generation, documents: Sequence[Document], run: RunRef) -> WriteCounts:
    """Make the generation's index show of these documents what the truth says; a look that may be out of date."""
    shown = platform.index.of_documents(generation.id, [each.id for each in documents])
    written = refused = unchanged = 0
    extra = set(shown)
    for chunks in at_most(chunks_of(platform.records, documents)):
        extra -= {chunk.id for chunk in chunks}
        lacking = [chunk for chunk in chunks if shown.get(chunk.id) != chunk.digest]
        unchanged += len(chunks) - len(lacking)
        if lacking:
            vectors = cached_vectors(platform.records, platform.embedder, lacking).vectors
            outcome = platform.index.write(
                generation.id, [entry_of(chunk, vectors[chunk.text_hash]) for chunk in lacking]
            )
            written, refused = written + outcome.written, refused + len(outcome.refused)
            quarantine(platform.records, generation, lacking, outcome.refused, run)
    deleted = platform.index.delete(generation.id, sorted(extra)) if extra else 0
    return WriteCounts(written, deleted, unchanged, refused)


def _write_but_other_cuts(
    platform: Platform, generation: Generation, documents: Sequence[Document], run: RunRef
) -> WriteCounts:
    pointer = pointer_of(platform.records)
    other = [each for each in documents if each.pipeline != pipeline_of(platform.settings)]
    if pointer is not None and pointer.generation == generation.id and other:
        left_alone = only_cut_otherwise(beyond_truth(platform, generation, other), other)
        documents = [each for each in documents if each.id not in left_alone]
    return write_group(platform, generation, documents, run) if documents else WriteCounts()


def require_fingerprint(platform: Platform, generation: Generation) -> None:
    """Refuse a write with vectors of another embedding than the generation's.

    Raises:
        FingerprintMismatch: the embedder's are another's.
    """
    fingerprint = platform.embedder.fingerprint
    if fingerprint.id != generation.fingerprint:
        raise FingerprintMismatch(
            f"generation {generation.id}: a write with vectors of another embedding was refused",
            expected=f"fingerprint {generation.fingerprint}",
            got=f"{fingerprint.id} ({fingerprint.model})",
            next_step="run publish again: another embedding gets a generation of its own",
        )
