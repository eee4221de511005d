"""Documents that the source no longer has: found by merging two sorted lists, buried with a tombstone each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path, PurePosixPath

from kintsugi.documents.intake.begun import being_buried, is_begun
from kintsugi.documents.intake.claim import same_run
from kintsugi.documents.intake.refuse import settle
from kintsugi.documents.intake.seen import gone_ids, seen_among, seen_ids
from kintsugi.documents.intake.staging import unlisted_of, write_whole
from kintsugi.records import Chunk, Document, Partition, Quarantined, RunRef
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import OneOf

_PAGE = 500


@dataclass(frozen=True)
class Absences:
    """What a partition has lost.

    Attributes:
        listing: file with the ids of the documents to bury, one a line.
        living: documents that the partition had.
        new: how many of them the source no longer has.
        buried_before: how many an earlier try of this run has buried already.
    """

    listing: Path
    living: int
    new: int
    buried_before: int

    @property
    def total(self) -> int:
        """Documents that this run deletes."""
        return self.new + self.buried_before


def find_absent(records: RecordStore, source: str, partition: str, folder: Path, run: RunRef) -> Absences:
    """List the partition's documents that were not seen. Memory stays flat: both sides come sorted by id.

    A partition that is a path has everything that lies below that path, by whichever path it was brought in last.
    """
    unlisted = unlisted_of(folder)
    related = (partition, *_above(partition), *_below(records, source, partition))
    living = new = buried_before = 0

    def absent() -> Iterator[str]:
        nonlocal living, new, buried_before
        seen = seen_ids(folder)
        current = next(seen, None)
        for document in records.scan(Document, {"source": source, "partition": OneOf(related)}):
            if not _within(partition, document.partition, document.external_id):
                continue
            while current is not None and current < document.id:
                current = next(seen, None)
            if document.deleted_at is not None:
                buried_before += same_run(document.run, run) and current != document.id
                continue
            living += 1
            if current != document.id and not _lies_in(unlisted, document.external_id):
                new += 1
                yield document.id

    listing = folder / "absent.txt"
    write_whole(listing, absent())
    return Absences(listing, living, new, buried_before)


def find_gone(records: RecordStore, folder: Path, run: RunRef) -> Absences:
    """List the documents that the source itself said are gone; what it says of others is not known here."""
    living = new = buried_before = 0

    def gone() -> Iterator[str]:
        nonlocal living, new, buried_before
        listed = gone_ids(folder)
        while page := list(islice(listed, _PAGE)):
            known = records.get_many(Document, page)
            for document in known.values():
                if document.deleted_at is not None:
                    buried_before += same_run(document.run, run)
                    continue
                living += 1
                new += 1
                yield document.id

    listing = folder / "absent.txt"
    write_whole(listing, gone())
    return Absences(listing, living, new, buried_before)


def bury(records: RecordStore, absences: Absences, run: RunRef) -> None:
    """Mark the listed documents as deleted, a page at a time."""
    with absences.listing.open() as lines:
        while page := [line.strip() for line in islice(lines, _PAGE)]:
            bury_documents(records, records.get_many(Document, page).values(), run)


def bury_documents(records: RecordStore, documents: Iterable[Document], run: RunRef) -> None:
    """Mark those of them that live as deleted, each after its chunks: a kill in between leaves it to the next run.

    Their heads are marked first, so that a document that is back by then is taken in again.
    """
    living = [each for each in documents if each.deleted_at is None]
    records.put(being_buried(each, run) for each in living if not is_begun(each))
    for document in living:
        live = list(records.scan(Chunk, {"document": document.id, "live": True}))
        records.put(chunk.but(live=False, run=run) for chunk in live)
        settle(records, document.id, (), run, gone=True)
    now = records.now()
    records.put(each.but(deleted_at=now, changed_at=now, chunks=0, raw_digest="", run=run) for each in living)


def settle_absent(records: RecordStore, source: str, partition: str, folder: Path, run: RunRef) -> None:
    """Drop held quarantine records of items that the source no longer has and that never became documents."""
    unlisted = unlisted_of(folder)
    held = records.scan(Quarantined, {"source": source, "state": "held"})
    while page := list(islice(held, _PAGE)):
        mine = [each for each in page if each.document and _within(partition, each.partition, each.item)]
        mine = [each for each in mine if not _lies_in(unlisted, each.item)]
        present = seen_among(folder, {each.document for each in mine})
        records.put(each.but(state="dropped", run=run) for each in mine if each.document not in present)


def _above(partition: str) -> list[str]:
    """Return the paths above this one; none for a name without ``/``."""
    return [str(each) for each in PurePosixPath(partition).parents if str(each) != "."]


def _below(records: RecordStore, source: str, partition: str) -> list[str]:
    """Return the partitions whose paths begin with this one. Their ids are neighbours: nothing else is read."""
    start = Partition.key_of(source, f"{partition.rstrip('/')}/")
    following = records.scan(Partition, {"source": source}, after=start)
    return [each.key for each in takewhile(lambda each: each.id.startswith(start), following)]


def _within(partition: str, other: str, external_id: str) -> bool:
    """Return whether something that was brought in with partition ``other`` lies in ``partition``."""
    start = f"{partition.rstrip('/')}/"
    return other == partition or other.startswith(start) or _lies_in((partition.rstrip("/"),), external_id)


def _lies_in(parts: tuple[str, ...], external_id: str) -> bool:
    return any(external_id == part or external_id.startswith((f"{part}/", f"{part}#")) for part in parts)
