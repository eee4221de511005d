"""What the index refuses, entry by entry: held in quarantine, and therefore not missing."""

from collections.abc import Iterable, Mapping

from kintsugi.documents.identity import digest
from kintsugi.records import Chunk, Generation, Quarantined, RunRef
from kintsugi.stores.records import RecordStore

CHECK = "index"
"""Name of the check that the engine itself is; publishing and healing write it alike."""


def refused_ids(records: RecordStore, chunks: Iterable[Chunk]) -> set[str]:
    """Return the ids of those chunks whose entry is held in quarantine because an index refused it."""
    by_record = {quarantine_id(chunk): chunk.id for chunk in chunks}
    held = records.get_many(Quarantined, by_record).values()
    return {by_record[each.id] for each in held if each.state == "held"}


def quarantine(
    records: RecordStore, generation: Generation, chunks: Iterable[Chunk], refused: Mapping[str, str], run: RunRef
) -> None:
    """Hold the refused chunks.

    Args:
        refused: the engine's reason by chunk id, as a write returned it.
    """
    records.put(
        Quarantined(
            id=quarantine_id(chunk),
            source=chunk.source,
            partition="",
            item=f"chunk {chunk.id} of {chunk.title}",
            check=CHECK,
            expected=f"an entry that generation {generation.id} accepts",
            value=refused[chunk.id],
            next_step="correct the document at its source and ingest it again",
            sample=chunk.text[:200],
            document=chunk.document,
            run=run,
            refused_at=records.now(),
        )
        for chunk in chunks
        if chunk.id in refused
    )


def quarantine_id(chunk: Chunk) -> str:
    """Return the id of the record that holds this chunk, whoever wrote it."""
    return digest("quarantine", chunk.source, chunk.id, CHECK)
