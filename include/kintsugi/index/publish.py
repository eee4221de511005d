"""From records to the served index: plan → embed → write → finish, each step safe to run twice.

What there is to do is computed from the generation's watermark, never from the events that woke a run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import structlog

from kintsugi.index.current import IdRange, changed_documents, in_batches, in_groups
from kintsugi.index.embed import embed
from kintsugi.index.gate import GateVerdict, judge, keep_golden_vectors
from kintsugi.index.generations import changed, claim_building, flip, named, serving, settle
from kintsugi.index.write import WriteCounts, bury, differs, write
from kintsugi.platform import Platform
from kintsugi.records import Document, Generation, RunRef
from kintsugi.stores.where import AtLeast

OVERLAP = 120.0
"""Seconds before the watermark that are looked at again: a document's time is taken shortly before it is stored."""

DOCUMENTS_PER_BATCH = 200
MOST_BATCHES = 64


@dataclass(frozen=True)
class PublishPlan:
    """What a publish run does.

    Attributes:
        generation: the generation that is written to.
        since: documents that changed at this store time or later are looked at.
        until: the generation's watermark once the run has finished.
        batches: shares of them, as ranges of document ids.
    """

    generation: str
    since: float
    until: float
    batches: tuple[IdRange, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        batches = [[batch.after, batch.last] for batch in self.batches]
        return {**{name: getattr(self, name) for name in _PLAIN}, "batches": batches}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build it from what `to_dict` returned."""
        batches = tuple(IdRange(after, last) for after, last in values["batches"])
        return cls(**{name: values[name] for name in _PLAIN}, batches=batches)


_PLAIN = ("generation", "since", "until")


@dataclass(frozen=True)
class PublishOutcome:
    """What a publish run did; ``verdict`` is the golden gate's, empty where no gate was needed."""

    generation: str
    embedded: int
    reused: int
    written: int
    deleted: int
    unchanged: int
    refused: int
    flipped: bool
    verdict: str


def plan(platform: Platform, run: RunRef) -> PublishPlan:
    """Find the documents that changed since the generation's watermark; a plan without batches has nothing to do.

    The watermark-to-be is read before looking, so that what changes meanwhile is looked at again by the next run.
    """
    records = platform.records
    until = records.now()
    generation = claim_building(platform, run)
    since = generation.watermark - OVERLAP
    documents = (each.id for each in changed_documents(records, since))
    batches = in_batches(documents, DOCUMENTS_PER_BATCH, MOST_BATCHES) if _is_work(platform, generation, since) else []
    planned = PublishPlan(generation.id, since, until, tuple(batches))
    structlog.get_logger().info("publish_planned", generation=generation.id, batches=len(batches), run=str(run))
    return planned


def _is_work(platform: Platform, generation: Generation, since: float) -> bool:
    """Tell whether something changed since the watermark, or was stored late with an earlier time."""
    records = platform.records
    if generation.state == "building" or records.count(Document, {"changed_at": AtLeast(generation.watermark)}):
        return True
    late = in_groups(changed_documents(records, since))
    return any(differs(platform, generation.id, group) for group in late)


def write_all(platform: Platform, planned: PublishPlan, run: RunRef) -> WriteCounts:
    """Write every batch of the plan; what is gone also leaves a served generation of another embedding."""
    counts = WriteCounts()
    served = serving(platform.records)
    if served is not None and served.id != planned.generation:
        for batch in planned.batches:
            bury(platform, served.id, planned.since, batch)
        platform.index.refresh(served.id)
    for batch in planned.batches:
        counts += write(platform, planned.generation, planned.since, batch, run)
    return counts


def finish(platform: Platform, planned: PublishPlan, run: RunRef) -> GateVerdict:
    """Make what was written searchable, move the watermark; pass the gate and flip where another one is serving.

    A generation that the gate holds or rejects keeps its index and goes on being written to; the served one stays.
    """
    records = platform.records
    platform.index.refresh(planned.generation)
    generation = changed(
        records,
        planned.generation,
        lambda each: each.but(
            watermark=max(each.watermark, planned.until),
            heartbeat=records.now(),
            state="ready" if each.state == "building" else each.state,
        ),
    )
    current = serving(records)
    if current is not None and current.id == generation.id:
        settle(records)
        keep_golden_vectors(platform, generation)
        return GateVerdict("promote", "already serving", {}, flipped=False)
    verdict = judge(platform, current, generation)
    changed(records, generation.id, lambda each: each.but(verdict=str(verdict)))
    structlog.get_logger().info("golden_gate", generation=generation.id, verdict=str(verdict), run=str(run))
    if verdict.ruling != "promote":
        return verdict
    return GateVerdict(verdict.ruling, verdict.reason, verdict.numbers, flipped=flip(records, generation.id))


def rebuild(platform: Platform, run: RunRef) -> PublishOutcome:
    """Drop the served index and fill it anew from the truth, after it was lost or damaged; embeds nothing known.

    Until it has finished, answers are missing or incomplete.
    """
    generation = serving(platform.records)
    if generation is not None:
        platform.index.drop(generation.id)
        changed(platform.records, generation.id, lambda each: each.but(watermark=0.0))
    return publish(platform, run)


def publish(platform: Platform, run: RunRef) -> PublishOutcome:
    """Run all steps in this process: for the command line, benchmarks and tests."""
    planned = plan(platform, run)
    made = [embed(platform, planned.since, batch) for batch in planned.batches]
    counts = write_all(platform, planned, run)
    verdict = finish(platform, planned, run)
    generation = named(platform.records, planned.generation)
    return PublishOutcome(
        generation=generation.id,
        embedded=sum(each.embedded for each in made),
        reused=sum(each.reused for each in made),
        written=counts.written,
        deleted=counts.deleted,
        unchanged=counts.unchanged,
        refused=counts.refused,
        flipped=verdict.flipped,
        verdict=generation.verdict,
    )
