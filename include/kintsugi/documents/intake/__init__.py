"""Taking a partition in, by stages that hand each other references: fetch → validate → load → recount.

Every stage may run twice, and may be killed anywhere: the next run of it, or of the whole partition, completes.
"""

from kintsugi.documents.intake.claim import mark_failed
from kintsugi.documents.intake.fetch import fetch
from kintsugi.documents.intake.ingest import ingest
from kintsugi.documents.intake.load import load
from kintsugi.documents.intake.outcome import Fetched, Loaded
from kintsugi.documents.intake.recount import recount
from kintsugi.documents.intake.validate import validate

__all__ = ["Fetched", "Loaded", "fetch", "ingest", "load", "mark_failed", "recount", "validate"]
