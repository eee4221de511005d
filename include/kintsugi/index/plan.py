"""First step of a publish: what there is to do, computed from the generation's watermark."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import structlog

from kintsugi.index.claim import claim, claim_fresh
from kintsugi.index.current import OVERLAP, IdRange, changed_documents, in_batches, in_groups
from kintsugi.index.follow import companions, mark_of
from kintsugi.index.generations import pointer_of
from kintsugi.index.ruling import known_ruling
from kintsugi.index.switch import settle_all
from kintsugi.index.write import differs
from kintsugi.platform import Platform
from kintsugi.records import Document, Generation, Pointer, RunRef
from kintsugi.stores.where import AtLeast

DOCUMENTS_PER_BATCH = 200
MOST_BATCHES = 64
NO_DOCUMENT = IdRange("", "")


@dataclass(frozen=True)
class PublishPlan:
    """What a publish run does.

    Attributes:
        generation: the generation that is written to.
        since: documents that changed at this store time or later are looked at.
        until: the generation's watermark once the run has finished.
        batches: shares of them, as ranges of document ids; without any there is nothing to do. Where nothing has to be
            written, but the gate has to be passed still, one of no document.
        over: the generation that was serving when this was planned, "" for none.
        fills: by name, `Generation.fill` of the generations written to: this one and those brought along.
        asked: whether a person asked for a new generation; then a rollback before does not hold it back.
    """

    generation: str
    since: float
    until: float
    batches: tuple[IdRange, ...]
    over: str = ""
    fills: Mapping[str, int] | None = None
    asked: bool = False

    @property
    def beside(self) -> list[str]:
        """The generations that are brought along."""
        return sorted(set(self.fills or ()) - {self.generation})

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        batches = [[batch.after, batch.last] for batch in self.batches]
        return asdict(self) | {"batches": batches, "fills": dict(self.fills or {})}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build it from what `to_dict` returned."""
        batches = tuple(IdRange(after, last) for after, last in values["batches"])
        return cls(**{**values, "batches": batches})


def plan(platform: Platform, run: RunRef) -> PublishPlan:
    """Find the documents that changed since the generation's watermark; a plan without batches has nothing to do.

    What a killed flip left to do is done first.
    """
    settle_all(platform)
    return plan_for(platform, claim(platform, run), run)


def plan_build(platform: Platform, run: RunRef) -> PublishPlan:
    """Plan a new generation beside the serving one, filled from nothing, because a person asked for it.

    Publishing into the serving one goes on meanwhile; what it brings is caught up with before and after the flip.
    """
    settle_all(platform)
    return plan_for(platform, claim_fresh(platform, run), run, asked=True)


def plan_for(platform: Platform, generation: Generation, run: RunRef, *, asked: bool = False) -> PublishPlan:
    """Plan to make this generation show what the truth says, and to bring those beside it along.

    The watermark-to-be is read before looking, so that what changes meanwhile is looked at again by the next run.
    """
    records = platform.records
    until = records.now()
    beside = companions(platform, generation.id)
    marks = [generation.watermark, *(mark_of(platform, each) for each in beside)]
    since = min(marks) - OVERLAP
    documents = (each.id for each in changed_documents(records, since))
    is_work = _is_work(platform, generation, min(marks))
    batches = tuple(in_batches(documents, DOCUMENTS_PER_BATCH, MOST_BATCHES)) if is_work else ()
    pointer = pointer_of(records)
    if not batches and _waits_for_the_gate(platform, pointer, generation, asked=asked):
        batches = (NO_DOCUMENT,)
    planned = PublishPlan(
        generation=generation.id,
        since=since,
        until=until,
        batches=batches,
        over=pointer.generation if pointer else "",
        fills={each.id: each.fill for each in (generation, *beside)},
        asked=asked,
    )
    structlog.get_logger().info(
        "publish_planned", generation=generation.id, batches=len(planned.batches), beside=planned.beside, run=str(run)
    )
    return planned


def _is_work(platform: Platform, generation: Generation, mark: float) -> bool:
    """Tell whether something changed since the oldest mark, or was stored late with an earlier time."""
    records = platform.records
    if generation.state == "building" or records.count(Document, {"changed_at": AtLeast(mark)}):
        return True
    late = in_groups(changed_documents(records, mark - OVERLAP))
    return any(differs(platform, generation.id, group) for group in late)


def _waits_for_the_gate(platform: Platform, pointer: Pointer | None, generation: Generation, *, asked: bool) -> bool:
    """Tell whether the gate has to be asked: whoever built it was killed, or it is held, and the queries may differ."""
    if pointer is not None and pointer.generation == generation.id:
        return False
    return known_ruling(platform, pointer, generation, asked=asked) is None
