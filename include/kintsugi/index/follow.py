"""The generations beside the one that is written to, which may be answered from too: the serving and the previous one.

They are brought along as far as the embedding that is set allows. What was deleted or edited at its source leaves them
always: nobody is answered with it, not even after a rollback.
"""

from collections.abc import Sequence

from kintsugi.index.claim import holds_what_is_set
from kintsugi.index.current import IdRange, changed_documents, in_groups
from kintsugi.index.cuts import beyond_truth, only_cut_otherwise, outdated
from kintsugi.index.generations import pointer_of
from kintsugi.index.write import WriteCounts, until_steady, write, write_group
from kintsugi.platform import Platform
from kintsugi.records import Document, Generation, RunRef


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


def _write_what_is_new(
    platform: Platform, generation: Generation, documents: Sequence[Document], run: RunRef
) -> WriteCounts:
    left_alone = only_cut_otherwise(beyond_truth(platform, generation, documents), documents)
    new = [each for each in documents if each.id not in left_alone]
    return write_group(platform, generation, new, run) if new else WriteCounts()


def _bury_group(platform: Platform, generation: Generation, documents: Sequence[Document]) -> WriteCounts:
    gone = outdated(beyond_truth(platform, generation, documents), documents)
    return WriteCounts(deleted=platform.index.delete(generation.id, sorted(gone)) if gone else 0)
