"""The generations beside the one that is written to, which may be answered from too: the serving and the previous one.

They are brought along as far as the embedding that is set allows. What was deleted or edited at its source leaves them
always: nobody is answered with it, not even after a rollback.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kintsugi.index.claim import holds_what_is_set
from kintsugi.index.current import IdRange, at_most, changed_documents, chunks_of, in_groups
from kintsugi.index.generations import pointer_of
from kintsugi.index.write import WriteCounts, until_steady, write, write_group
from kintsugi.platform import Platform
from kintsugi.records import Document, Generation, RunRef


@dataclass(frozen=True)
class Shown:
    """An entry that the truth does not have: of which document, and of which version of it."""

    document: str
    version: str


def companions(platform: Platform, target: str) -> list[Generation]:
    """Return the generations besides ``target`` that readers may be sent to and whose index is there."""
    pointer = pointer_of(platform.records)
    wanted = {pointer.generation, pointer.previous} - {"", target} if pointer else set()
    there = set(platform.index.names())
    found = platform.records.get_many(Generation, sorted(wanted))
    return [each for _, each in sorted(found.items()) if each.id in there and each.dropped_at is None]


def mark_of(platform: Platform, generation: Generation) -> float:
    """Return the store time up to which the generation was brought along, as far as it can be now."""
    if holds_what_is_set(platform, generation):
        return generation.watermark
    if platform.embedder.fingerprint.id == generation.fingerprint:
        return max(generation.watermark, generation.followed)
    return buried_until(generation)


def buried_until(generation: Generation) -> float:
    """Return the store time up to which deletions and edits at the sources have left the generation."""
    return max(generation.watermark, generation.followed, generation.buried)


def marked(platform: Platform, generation: Generation, until: float) -> Generation:
    """Return the generation as brought along up to ``until``."""
    if holds_what_is_set(platform, generation):
        return generation.but(watermark=max(generation.watermark, until))
    if platform.embedder.fingerprint.id == generation.fingerprint:
        return generation.but(followed=max(generation.followed, until))
    return generation.but(buried=max(generation.buried, until))


def follow(platform: Platform, generation: Generation, since: float, batch: IdRange, run: RunRef) -> WriteCounts:
    """Bring the changed documents of this range along in a generation that is not the one being built.

    - Of the embedding and pipeline that are set: it shows what the truth says.
    - Of the same embedding only: so too, but a document that is only cut in another way stays as it is; whether the new
      way is better is for the golden gate to say.
    - Of another embedding: what its source does not say any more leaves it, nothing can come in.

    Raises:
        TransientError: a store or the model can't be reached now, or documents change all the time.
    """
    if holds_what_is_set(platform, generation):
        return write(platform, generation.id, since, batch, run)
    if platform.embedder.fingerprint.id != generation.fingerprint:
        return bury(platform, generation, since, batch)
    counts = WriteCounts()
    for group in in_groups(changed_documents(platform.records, since, batch)):
        counts += until_steady(
            platform, generation, group, lambda some: _write_what_is_new(platform, generation, some, run)
        )
    return counts


def bury(platform: Platform, generation: Generation, since: float, batch: IdRange | None = None) -> WriteCounts:
    """Delete what the sources of the changed documents do not say any more: entries of documents deleted, or edited.

    Needs no model.
    """
    counts = WriteCounts()
    for group in in_groups(changed_documents(platform.records, since, batch)):
        counts += until_steady(platform, generation, group, lambda some: _bury_group(platform, generation, some))
    return counts


def outdated(shown: Mapping[str, Shown], documents: Sequence[Document]) -> set[str]:
    """Return the ids of entries whose document is gone or has another text by now. Pure."""
    current = {each.id: each.current for each in documents if each.deleted_at is None}
    return {id for id, each in shown.items() if current.get(each.document) != each.version}


def only_cut_otherwise(shown: Mapping[str, Shown], documents: Sequence[Document]) -> set[str]:
    """Return the ids of documents that are shown with their present text, cut in another way than the truth's. Pure.

    A document that shows entries of an older text as well was being written when somebody was killed.

    Args:
        shown: the entries of these documents that the truth does not have.
        documents: as they are now.
    """
    old = outdated(shown, documents)
    return {each.document for each in shown.values()} - {shown[id].document for id in old}


def _write_what_is_new(
    platform: Platform, generation: Generation, documents: Sequence[Document], run: RunRef
) -> WriteCounts:
    left_alone = only_cut_otherwise(_extra(platform, generation, documents), documents)
    new = [each for each in documents if each.id not in left_alone]
    return write_group(platform, generation, new, run) if new else WriteCounts()


def _bury_group(platform: Platform, generation: Generation, documents: Sequence[Document]) -> WriteCounts:
    gone = outdated(_extra(platform, generation, documents), documents)
    return WriteCounts(deleted=platform.index.delete(generation.id, sorted(gone)) if gone else 0)


def _extra(platform: Platform, generation: Generation, documents: Sequence[Document]) -> dict[str, Shown]:
    extra = set(platform.index.of_documents(generation.id, [each.id for each in documents]))
    for chunks in at_most(chunks_of(platform.records, documents)):
        extra -= {chunk.id for chunk in chunks}
    if not extra:
        return {}
    entries = platform.index.entries(generation.id, sorted(extra))
    return {each.id: Shown(each.document, each.document_version) for each in entries}
