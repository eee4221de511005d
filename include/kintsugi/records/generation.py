"""Generations of the served index and the pointer that names the one being served."""

from typing import ClassVar, Literal

from kintsugi.records.base import Record
from kintsugi.records.provenance import RunRef

GenerationState = Literal["building", "ready", "serving", "previous", "retired"]


class Generation(Record):
    """One complete projection of the truth under one embedding. ``id`` is the index name in the engine.

    Attributes:
        fingerprint: id of the only embedding whose vectors it may hold.
        dimension: length of those vectors.
        watermark: documents changed before this store time are in it, seconds since the epoch.
        heartbeat: store time of the last sign of life while building.
    """

    collection: ClassVar[str] = "generations"
    indexed: ClassVar[tuple[str, ...]] = ("state",)

    fingerprint: str
    dimension: int
    pipeline: str
    state: GenerationState
    watermark: float = 0.0
    heartbeat: float = 0.0
    verdict: str = ""
    run: RunRef
    created_at: float


class Pointer(Record):
    """Names the serving generation; the flip is one compare-and-set on this record."""

    collection: ClassVar[str] = "pointers"

    generation: str
    previous: str = ""
    flipped_at: float


POINTER = "serving"


class Fingerprint(Record):
    """Everything that makes two vectors comparable (design, section 3). ``id`` is a hash of the other fields.

    ``canaries`` is a digest of the vectors of a few fixed texts, rounded, so that silent drift of a model shows.
    """

    collection: ClassVar[str] = "fingerprints"

    model: str
    revision: str
    weights: str
    dimension: int
    normalised: bool
    prefix: str
    backend: str
    canaries: str
