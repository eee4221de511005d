"""Generations of the served index and the pointer that names the one being served."""

from typing import Any, ClassVar, Literal

from kintsugi.records.base import Record
from kintsugi.records.provenance import RunRef

GenerationState = Literal["building", "ready", "serving", "previous", "retired"]


class Generation(Record):
    """One complete projection of the truth under one embedding. ``id`` is the index name in the engine.

    Attributes:
        fingerprint: id of the only embedding whose vectors it may hold.
        dimension: length of those vectors.
        watermark: documents changed before this store time are in it, seconds since the epoch.
        followed: the same for one of another pipeline than is set, but that what is only cut otherwise is left alone.
        buried: up to this store time, what was deleted or edited at its source has left it, while its embedding was not
            the one that is set and nothing could come in.
        fill: counts up each time its index is filled from nothing: what was planned for an earlier fill moves no
            watermark.
        heartbeat: store time of the last sign of life while building, later of the last change of its state.
        verdict: what the golden gate said, in a line.
        gate: the same in parts: ruling, reason, numbers, worst (queries side by side), before (what it was compared
            with), at (store time).
        dropped_at: when its index was given up; the record stays as history, and nothing may serve it any more.
    """

    collection: ClassVar[str] = "generations"
    indexed: ClassVar[tuple[str, ...]] = ("state",)

    fingerprint: str
    dimension: int
    pipeline: str
    state: GenerationState
    watermark: float = 0.0
    followed: float = 0.0
    buried: float = 0.0
    fill: int = 0
    heartbeat: float = 0.0
    verdict: str = ""
    gate: dict[str, Any] = {}
    dropped_at: float | None = None
    run: RunRef
    created_at: float


class Pointer(Record):
    """Names the serving generation; the flip is one compare-and-set on this record.

    Attributes:
        previous: the generation that a rollback flips to.
        withdrawn: the generation that a person rolled back from, or promoted another one over: what is built like it is
            not promoted by itself until the next flip.
        reason: why it was flipped: a verdict, or a person's command.
    """

    collection: ClassVar[str] = "pointers"

    generation: str
    previous: str = ""
    withdrawn: str = ""
    reason: str = ""
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
