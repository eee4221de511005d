"""Expertise becomes documents, so that whoever asks finds it beside everything else."""

from kintsugi.documents import intake
from kintsugi.expertise.source import PARTITION, ExpertiseSource
from kintsugi.platform import Platform
from kintsugi.records import Partition, RunRef


def publish_patterns(platform: Platform, run: RunRef) -> Partition:
    """Take the active patterns in as documents of source ``expertise``; return the committed partition record.

    Written are the patterns that are new or say something new, deleted those that are no longer active: the same
    patterns twice write nothing. How often a pattern was used is not part of its document.

    Raises whatever the stages of the intake raise; the partition's record then says so.
    """
    return intake.ingest(platform, ExpertiseSource(platform.records), PARTITION, run)
