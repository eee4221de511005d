"""The typed records of the truth."""

from kintsugi.records.alerts import ReceivedAlert
from kintsugi.records.base import Record
from kintsugi.records.contracts import (
    CellFigures,
    ColumnSketch,
    Figures,
    OddCell,
    Pairing,
    PartitionProfile,
    Retyping,
    SchemaProposal,
    SourceSchema,
)
from kintsugi.records.document import Chunk, Document, DocumentVersion, Vector
from kintsugi.records.expertise import LoopState, StoredPattern, StoredTrajectory
from kintsugi.records.feedback import Feedback
from kintsugi.records.generation import POINTER, Fingerprint, Generation, Pointer
from kintsugi.records.healing import CLOSED, Budget, Incident, Reconciliation, Repair, Suspect
from kintsugi.records.operations import (
    INSTALLATION,
    Column,
    Installation,
    Lease,
    Partition,
    Quarantined,
    WakeUp,
    Watermark,
)
from kintsugi.records.provenance import Labels, RunRef

__all__ = [
    "CLOSED",
    "INSTALLATION",
    "POINTER",
    "Budget",
    "CellFigures",
    "Chunk",
    "Column",
    "ColumnSketch",
    "Document",
    "DocumentVersion",
    "Feedback",
    "Figures",
    "Fingerprint",
    "Generation",
    "Incident",
    "Installation",
    "Labels",
    "Lease",
    "LoopState",
    "OddCell",
    "Pairing",
    "Partition",
    "PartitionProfile",
    "Pointer",
    "Quarantined",
    "ReceivedAlert",
    "Reconciliation",
    "Record",
    "Repair",
    "Retyping",
    "RunRef",
    "SchemaProposal",
    "SourceSchema",
    "StoredPattern",
    "StoredTrajectory",
    "Suspect",
    "Vector",
    "WakeUp",
    "Watermark",
]

RECORDS: tuple[type[Record], ...] = (
    Budget,
    Chunk,
    Document,
    DocumentVersion,
    Feedback,
    Fingerprint,
    Generation,
    Incident,
    Installation,
    Lease,
    LoopState,
    Partition,
    PartitionProfile,
    Pointer,
    Quarantined,
    ReceivedAlert,
    Reconciliation,
    Repair,
    SourceSchema,
    StoredPattern,
    StoredTrajectory,
    Suspect,
    Vector,
    WakeUp,
    Watermark,
)
