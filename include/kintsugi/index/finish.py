"""Last step of a publish: the watermark, the golden gate, the flip."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from kintsugi.errors import ConflictError
from kintsugi.index.follow import marked
from kintsugi.index.gate import GateVerdict, judge, keep_golden_vectors
from kintsugi.index.generations import changed, named, pointer_of, serving
from kintsugi.index.plan import PublishPlan, plan_for
from kintsugi.index.switch import is_partial, settle_all, switch, why_not
from kintsugi.index.transitions import after
from kintsugi.index.writing import write_all
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, Generation, Pointer, RunRef
from kintsugi.stores.where import AtLeast

ROUNDS = 3
"""How often a candidate catches up with what changed while it was built: before it is judged, and after the flip."""


def finish(platform: Platform, planned: PublishPlan, run: RunRef) -> GateVerdict:
    """Make what was written searchable, move the watermarks; pass the gate and flip where another one is serving.

    A generation that the gate holds or rejects keeps its index and goes on being written to; the served one stays.

    Raises:
        ConflictError: the generation was given up meanwhile, or another one was flipped to while the gate looked.
        TransientError: a store or the model can't be reached now.
    """
    generation = mark(platform, planned)
    served = serving(platform.records)
    if served is not None and served.id == generation.id:
        settle_all(platform)
        keep_golden_vectors(platform, generation)
        return GateVerdict("promote", "already serving", {})
    if planned.over == planned.generation:
        settle_all(platform)
        return GateVerdict("hold", f"it served until {served.id if served else 'nothing'} was flipped to", {})
    generation = catch_up(platform, generation, run)
    verdict = _verdict(platform, served, generation, asked=planned.asked)
    _store(platform, generation, served, verdict)
    structlog.get_logger().info("golden_gate", generation=generation.id, verdict=str(verdict), run=str(run))
    if verdict.ruling != "promote":
        return verdict
    flipped = switch(platform, generation.id, over=served.id if served else "", reason=verdict.reason)
    catch_up(platform, named(platform.records, generation.id), run)
    return replace(verdict, flipped=flipped)


def mark(platform: Platform, planned: PublishPlan) -> Generation:
    """Make what was written searchable and move the watermarks of the generations that this plan was made for.

    One whose index was filled anew meanwhile is left to whoever does that.

    Raises:
        ConflictError: the generation that is written to was given up meanwhile.
    """
    records = platform.records
    fills = planned.fills or {}
    there = set(platform.index.names())
    for name in [*planned.beside, planned.generation]:
        if name in there:
            platform.index.refresh(name)

    def moved(each: Generation) -> Generation:
        return marked(platform, each, planned.until) if each.fill == fills.get(each.id) else each

    for name in planned.beside:
        if name in there:
            changed(records, name, moved)
    now = records.now()
    generation = changed(
        records, planned.generation, lambda each: moved(each).but(heartbeat=now, state=after(each.state, "built"))
    )
    if generation.dropped_at is not None:
        raise ConflictError(
            f"generation {generation.id}: was dropped while it was written to",
            next_step="the next publish writes to another one",
        )
    return generation


def catch_up(platform: Platform, generation: Generation, run: RunRef) -> Generation:
    """Write what changed since the generation's watermark, again while more comes, at most `ROUNDS` times.

    What comes later still is found by the next publish, from the watermark.
    """
    for _ in range(ROUNDS):
        if not platform.records.count(Document, {"changed_at": AtLeast(generation.watermark)}):
            break
        planned = plan_for(platform, generation, run)
        write_all(platform, planned, run)
        generation = mark(platform, planned)
    return generation


def ruling_without_asking(
    pointer: Pointer | None, candidate: Generation, alike: bool, *, asked: bool
) -> GateVerdict | None:
    """Return the verdict that needs no golden queries; ``None``: ask them. Pure.

    A person's rollback stands until a person changes it, or the settings. What was rejected beside the present
    generation stays rejected beside it: to ask again at each publish would be to wait for luck.

    Args:
        pointer: as it is now.
        candidate: with what the gate said before.
        alike: whether the candidate is of the embedding and pipeline of the generation that was rolled back from.
        asked: whether a person asked for this candidate.
    """
    if pointer is None or asked:
        return None
    if pointer.withdrawn and alike:
        reason = (
            f"a person rolled back from {pointer.withdrawn}; `kintsugi generations promote {candidate.id}` serves it, "
            "or set embedding and chunks as they were before"
        )
        return GateVerdict("hold", reason, candidate.gate.get("numbers", {}), tuple(candidate.gate.get("worst", ())))
    if candidate.gate.get("ruling") == "reject" and candidate.gate.get("before") == pointer.generation:
        return verdict_of(candidate)
    return None


def verdict_of(generation: Generation) -> GateVerdict:
    """Return the gate's verdict that is stored on the generation."""
    gate: Mapping[str, Any] = generation.gate
    return GateVerdict(gate["ruling"], gate["reason"], gate["numbers"], tuple(gate["worst"]))


def _verdict(platform: Platform, served: Generation | None, candidate: Generation, *, asked: bool) -> GateVerdict:
    pointer = pointer_of(platform.records)
    left = platform.records.get(Generation, pointer.withdrawn) if pointer and pointer.withdrawn else None
    alike = left is not None and (left.fingerprint, left.pipeline) == (candidate.fingerprint, candidate.pipeline)
    known = ruling_without_asking(pointer, candidate, alike, asked=asked)
    if known is not None:
        return known
    problem = why_not(platform, candidate)
    if problem:
        return GateVerdict("hold", problem, {})
    if served is not None and served.id in platform.index.names():
        entries, now = platform.index.count(candidate.id), platform.index.count(served.id)
        live = platform.records.count(Chunk, {"live": True})
        if is_partial(entries, now, live):
            numbers = {"entries": entries, "served": now, "live_chunks": live}
            return GateVerdict("hold", "it has far fewer entries than the serving one", numbers)
    return judge(platform, served, candidate)


def _store(platform: Platform, generation: Generation, served: Generation | None, verdict: GateVerdict) -> None:
    gate = verdict.to_dict() | {"before": served.id if served else "", "at": platform.records.now()}
    gate.pop("flipped")

    def said(each: Generation) -> Generation:
        same = {**gate, "at": 0} == {**each.gate, "at": 0}
        return each if same else each.but(verdict=str(verdict), gate=gate)

    changed(platform.records, generation.id, said)
