"""Expertise becomes documents, so that whoever asks finds it beside everything else."""

from itertools import islice

from kintsugi.documents import intake
from kintsugi.documents.intake.absent import bury_documents
from kintsugi.documents.intake.claim import claim, recorded
from kintsugi.expertise.source import EXPERTISE, PARTITION, ExpertiseSource, pattern_of
from kintsugi.platform import Platform
from kintsugi.records import Document, Partition, RunRef, StoredPattern
from kintsugi.stores.records import RecordStore

_PAGE = 50


def publish_patterns(platform: Platform, run: RunRef) -> Partition:
    """Take the active patterns in as documents of source ``expertise``; return the committed partition record.

    Deleted are first those that are no longer active, however many, and whatever becomes of the others. Written are
    the patterns that are new or say something new: the same patterns twice write nothing. How often a pattern was used
    is not part of its document.

    Raises whatever the stages of the intake raise; the partition's record then says so.
    """
    claimed = claim(platform.records, EXPERTISE, PARTITION, run)
    with recorded(platform, EXPERTISE, PARTITION, run, claimed.epoch):
        _withdraw(platform.records, run)
    return intake.ingest(platform, ExpertiseSource(platform.records), PARTITION, run)


def _withdraw(records: RecordStore, run: RunRef) -> None:
    """Delete the documents whose patterns are not active; the intake that follows counts them as deleted by its run.

    No loss is too great: of each of them its own record says so, not a listing that may have been cut short.
    """
    living = records.scan(Document, {"source": EXPERTISE, "deleted_at": None})
    while page := list(islice(living, _PAGE)):
        patterns = records.get_many(StoredPattern, {pattern_of(each.external_id) for each in page})
        active = {each.id for each in patterns.values() if each.state == "active"}
        bury_documents(records, [each for each in page if pattern_of(each.external_id) not in active], run)
