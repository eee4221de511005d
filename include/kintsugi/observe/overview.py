"""What a person wants to see at a glance: what came in, was refused, was learned, broke and was mended.

Only counts that an index answers and a bounded number of newest records are read, so that looking costs the same
whatever the corpus has grown to.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import get_args

from kintsugi.observe.learned import Learned, learned
from kintsugi.observe.quarantine_view import is_for_everyone, reason, sources_for_everyone
from kintsugi.platform import Platform
from kintsugi.records import (
    CLOSED,
    POINTER,
    Chunk,
    Document,
    Fingerprint,
    Generation,
    Incident,
    Partition,
    Pointer,
    Quarantined,
    Repair,
    RunRef,
)
from kintsugi.records.healing import IncidentState
from kintsugi.sources.registry import source_names
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import AtLeast

NEWEST_PARTITIONS = 24
NEWEST_REFUSED = 5
NEWEST_INCIDENTS = 12
LATELY = 86400.0
SOURCE_SAMPLE = 200
"""Partitions that are looked at for sources that nobody registered, e.g. of `kintsugi ingest PATH --source NAME`."""


@dataclass(frozen=True)
class Serving:
    """The generation that answers questions come from; ``since`` is when the pointer was set to it."""

    generation: str
    previous: str
    model: str
    dimension: int
    since: float


@dataclass(frozen=True)
class Status:
    """The platform in five figures. Times are store times, seconds since the epoch.

    Attributes:
        serving: ``None`` until the first generation is published.
        last_change: when a document was last written or deleted; ``None`` when there never was one.
        incidents: how many there are in each state that occurs.
        handed_over: incidents of the last `LATELY` seconds that were escalated to a person.
    """

    serving: Serving | None
    documents: int
    chunks: int
    last_change: float | None
    refused: int
    incidents: dict[str, int]
    handed_over: int

    @property
    def open_incidents(self) -> int:
        """How many incidents have not come to an end yet."""
        return sum(count for state, count in self.incidents.items() if state not in CLOSED)


@dataclass(frozen=True)
class SourceIntake:
    """One source: what it has brought, and its newest partitions, oldest first.

    ``last`` is the partition that changed last; the others are in the order of their keys. ``registered`` says whether
    it stands in ``sources.yaml``, and so has a DAG.
    """

    source: str
    documents: int
    chunks: int
    last: Partition | None
    recent: tuple[Partition, ...]
    registered: bool = False

    @property
    def gaps(self) -> int:
        """How many of the newest partitions are missing or held back."""
        return sum(partition.state in ("failed", "held") for partition in self.recent)


@dataclass(frozen=True)
class Refused:
    """An item in quarantine, without its content: what was refused may be secret, and this is for everybody.

    Secrets and personal data are masked in ``expected`` and ``value``; of a source that is not for everyone, neither is
    shown.
    """

    source: str
    partition: str
    item: str
    check: str
    expected: str
    value: str
    next_step: str
    run: RunRef
    refused_at: float


@dataclass(frozen=True)
class Refusals:
    """How many items are held in quarantine, and the newest of them."""

    held: int
    newest: tuple[Refused, ...]


@dataclass(frozen=True)
class Episode:
    """An incident from its opening to its end, with the repairs that were made for it, oldest first."""

    incident: Incident
    repairs: tuple[Repair, ...]

    @property
    def seconds(self) -> float | None:
        """How long it took from opening to end; ``None`` while it lasts."""
        return None if self.incident.closed_at is None else self.incident.closed_at - self.incident.opened_at


@dataclass(frozen=True)
class Overview:
    """Everything on the page; ``at`` is the store time it was read at."""

    at: float
    status: Status
    intake: tuple[SourceIntake, ...]
    refusals: Refusals
    learned: Learned
    episodes: tuple[Episode, ...]


def overview(platform: Platform) -> Overview:
    """Read the whole overview from the records.

    Raises:
        StoreUnavailable: the records can't be read now.
    """
    records = platform.records
    return Overview(
        at=records.now(),
        status=status(records),
        intake=intake(platform),
        refusals=refusals(platform),
        learned=learned(records),
        episodes=episodes(records),
    )


def status(records: RecordStore) -> Status:
    """Return the platform in five figures."""
    changed = records.latest(Document, "changed_at", limit=1)
    counts = {state: records.count(Incident, {"state": state}) for state in get_args(IncidentState)}
    return Status(
        serving=_serving(records),
        documents=records.count(Document, {"deleted_at": None}),
        chunks=records.count(Chunk, {"live": True}),
        last_change=changed[0].changed_at if changed else None,
        refused=records.count(Quarantined, {"state": "held"}),
        incidents={state: count for state, count in counts.items() if count},
        handed_over=records.count(Incident, {"state": "escalated", "opened_at": AtLeast(records.now() - LATELY)}),
    )


def intake(platform: Platform, *, newest: int = NEWEST_PARTITIONS) -> tuple[SourceIntake, ...]:
    """Return every source: the registered ones first, then those that turned up among the newest partitions."""
    records, registered = platform.records, source_names(platform.settings)
    seen = {partition.source for partition in records.latest(Partition, "changed_at", limit=SOURCE_SAMPLE)}
    others = sorted(seen - set(registered))
    return tuple(_intake_of(records, source, newest, source in registered) for source in (*registered, *others))


def refusals(platform: Platform, *, newest: int = NEWEST_REFUSED) -> Refusals:
    """Return what is held in quarantine."""
    records, held = platform.records, {"state": "held"}
    open_to_all = sources_for_everyone(platform.settings)
    found = records.latest(Quarantined, "refused_at", held, limit=newest)
    return Refusals(records.count(Quarantined, held), tuple(_refused(each, open_to_all) for each in found))


def episodes(records: RecordStore, *, newest: int = NEWEST_INCIDENTS) -> tuple[Episode, ...]:
    """Return the newest incidents with their repairs, newest first."""
    return tuple(_episode(records, each) for each in records.latest(Incident, "opened_at", limit=newest))


def _serving(records: RecordStore) -> Serving | None:
    pointer = records.get(Pointer, POINTER)
    generation = records.get(Generation, pointer.generation) if pointer else None
    if pointer is None or generation is None:
        return None
    fingerprint = records.get(Fingerprint, generation.fingerprint)
    return Serving(
        generation=generation.id,
        previous=pointer.previous,
        model=fingerprint.model if fingerprint else generation.fingerprint,
        dimension=generation.dimension,
        since=pointer.flipped_at,
    )


def _intake_of(records: RecordStore, source: str, newest: int, registered: bool) -> SourceIntake:
    recent = records.latest(Partition, "changed_at", {"source": source}, limit=newest)
    return SourceIntake(
        source=source,
        documents=records.count(Document, {"source": source, "deleted_at": None}),
        chunks=records.count(Chunk, {"source": source, "live": True}),
        last=recent[0] if recent else None,
        recent=tuple(sorted(recent, key=lambda partition: partition.key)),
        registered=registered,
    )


def _refused(item: Quarantined, open_to_all: Collection[str]) -> Refused:
    expected, value = reason(item, may_see=is_for_everyone(item, open_to_all))
    return Refused(
        source=item.source,
        partition=item.partition,
        item=item.item,
        check=item.check,
        expected=expected,
        value=value,
        next_step=item.next_step,
        run=item.run,
        refused_at=item.refused_at,
    )


def _episode(records: RecordStore, incident: Incident) -> Episode:
    repairs = records.latest(Repair, "started_at", {"incident": incident.id}, limit=NEWEST_INCIDENTS)
    return Episode(incident, tuple(reversed(repairs)))
