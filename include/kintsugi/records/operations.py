"""What the pipeline knows about its own work: partitions, watermarks, leases, quarantine."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from kintsugi.records.base import Record
from kintsugi.records.provenance import RunRef


class Column(BaseModel):
    """A column of a table: its name, and its type in plain words.

    ``type`` is one of text, integer, number, boolean, time, bytes, json; "unknown" when nothing tells.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    type: str


class Partition(Record):
    """One partition of one source and how its last ingest ended. ``id`` is ``source@key``.

    Attributes:
        state: ``failed`` keeps the error's class in ``error_class``: a gap that healing can see and backfill.
        epoch: grows with each claim, also of another try of the same run, and fences those that held it before.
        cursor: where an incremental source goes on; moves only when a run is committed, and with it.
        terms: digest of all that the last committed run was made with (parser, chunker, the source's entry): with other
            terms an incremental source lists everything again.
        committed_at: store time at which a run was last committed; ``None`` when none ever was.
        before: while single items are read again, this record as it was: at the end of that it is put back, since the
            rest of the partition was not looked at.
    """

    collection: ClassVar[str] = "partitions"
    indexed: ClassVar[tuple[str, ...]] = ("source", "state", "changed_at")

    source: str
    key: str
    state: Literal["running", "committed", "failed", "held"]
    run: RunRef
    changed_at: float
    epoch: int = 0
    cursor: str = ""
    terms: str = ""
    committed_at: float | None = None
    error_class: str = ""
    error: str = ""
    seen: int = 0
    written: int = 0
    skipped: int = 0
    deleted: int = 0
    refused: int = 0
    before: "Partition | None" = None

    @classmethod
    def key_of(cls, source: str, key: str) -> str:
        """Return the id of this partition of this source."""
        return f"{source}@{key}"


class Installation(Record):
    """Which platform these records are: ``key`` is random, and stands in the indexes that it makes. There is one."""

    collection: ClassVar[str] = "installation"

    key: str


INSTALLATION = "this"


class Watermark(Record):
    """How far some consumer has come, in the store's seconds since the epoch. ``id`` names the consumer."""

    collection: ClassVar[str] = "watermarks"

    at: float


class WakeUp(Record):
    """A consumer was called and has not come yet. ``id`` names it; ``by`` is the run that called, ``at`` store time."""

    collection: ClassVar[str] = "wake_ups"

    by: str
    at: float


class Lease(Record):
    """Who may act on a thing until when. ``epoch`` grows with each holder and fences late writes."""

    collection: ClassVar[str] = "leases"

    holder: str
    epoch: int
    expires_at: float


class Quarantined(Record):
    """An item that was refused: which check, which value, from which run. ``id`` is a hash of (source, item, check).

    Attributes:
        sample: the start of the refused content, for a person to look at.
        payload: where the raw item can be read again for a replay (path or URL).
        document: id of the document that the item is, or is a row of.
        by: who decided, where a person did: the same refusal again then stays dropped, and sensitive text that was
            released passes from then on, as long as it stays the same.
        content: digest of what was refused, to tell whether it is still the same.
    """

    collection: ClassVar[str] = "quarantine"
    indexed: ClassVar[tuple[str, ...]] = ("source", "document", "state", "refused_at")

    source: str
    partition: str
    item: str
    check: str
    expected: str
    value: str
    next_step: str
    sample: str = ""
    payload: str = ""
    document: str = ""
    state: Literal["held", "released", "dropped"] = "held"
    by: str = ""
    content: str = ""
    run: RunRef
    refused_at: float
