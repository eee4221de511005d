"""Last step of a publish: the watermark, the golden gate, the flip."""

from collections import Counter
from dataclasses import replace

import structlog

from kintsugi.errors import ConflictError
from kintsugi.index.claim import emptied
from kintsugi.index.follow import marked
from kintsugi.index.gate import GateVerdict, judge, keep_golden_vectors
from kintsugi.index.generations import changed, named, pointer_of
from kintsugi.index.judging import wrong_in
from kintsugi.index.plan import PublishPlan, plan_for
from kintsugi.index.ruling import known_ruling
from kintsugi.index.switch import settle_all, switch, why_not
from kintsugi.index.transitions import after
from kintsugi.index.writing import write_all
from kintsugi.platform import Platform
from kintsugi.records import Document, Generation, Pointer, RunRef
from kintsugi.stores.where import AtLeast

ROUNDS = 3
"""How often a candidate catches up with what changed meanwhile: before it is judged, and before and after the flip."""


def finish(platform: Platform, planned: PublishPlan, run: RunRef) -> GateVerdict:
    """Make what was written searchable, move the watermarks; pass the gate and flip where another one is serving.

    A generation that the gate holds or rejects keeps its index and goes on being written to; the served one stays.

    Raises:
        ConflictError: the generation was given up meanwhile, or the pointer moved while the gate looked.
        TransientError: a store or the model can't be reached now.
    """
    generation = mark(platform, planned)
    pointer = pointer_of(platform.records)
    if pointer is not None and pointer.generation == generation.id:
        settle_all(platform)
        keep_golden_vectors(platform, generation)
        return GateVerdict("promote", "already serving", {})
    if planned.over == planned.generation:
        settle_all(platform)
        return GateVerdict("hold", f"it served until {pointer.generation if pointer else 'nothing'} was flipped to", {})
    generation = catch_up(platform, generation, run)
    verdict = _verdict(platform, pointer, generation, run, asked=planned.asked)
    _store(platform, generation, pointer, verdict)
    structlog.get_logger().info("golden_gate", generation=generation.id, verdict=str(verdict), run=str(run))
    if verdict.ruling != "promote":
        return verdict
    catch_up(platform, named(platform.records, generation.id), run)  # what was deleted while the gate looked leaves it
    flipped = switch(platform, generation.id, over=pointer.version if pointer else 0, reason=verdict.reason)
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


def _whole(platform: Platform, generation: Generation, run: RunRef) -> tuple[Generation, Counter[str]]:
    """Return the generation, with how many of its entries are not what the records say, by kind.

    Where some are not, it is looked through once from the beginning, and what it lost is written again.
    """
    wrong = _wrong(platform, generation)
    if wrong:
        structlog.get_logger().warning("candidate_incomplete", generation=generation.id, run=str(run), **wrong)
        generation = catch_up(platform, emptied(platform.records, generation), run)
        wrong = _wrong(platform, generation)
    return generation, wrong


def _wrong(platform: Platform, generation: Generation) -> Counter[str]:
    return Counter(kind for kind, _ in wrong_in(platform, generation))


def _verdict(
    platform: Platform, pointer: Pointer | None, candidate: Generation, run: RunRef, *, asked: bool
) -> GateVerdict:
    known = known_ruling(platform, pointer, candidate, asked=asked)
    if known is not None:
        return known
    problem = why_not(platform, candidate)
    if problem:
        return GateVerdict("hold", problem, {})
    candidate, wrong = _whole(platform, candidate, run)
    if wrong:
        reason = (
            f"entries of it differ from the records; `kintsugi generations drop {candidate.id}`, and it is built anew"
        )
        return GateVerdict("hold", reason, wrong)
    return judge(platform, named(platform.records, pointer.generation) if pointer else None, candidate)


def _store(platform: Platform, generation: Generation, pointer: Pointer | None, verdict: GateVerdict) -> None:
    gate = verdict.to_dict() | {"before": pointer.generation if pointer else "", "at": platform.records.now()}
    gate.pop("flipped")

    def said(each: Generation) -> Generation:
        same = {**gate, "at": 0} == {**each.gate, "at": 0}
        return each if same else each.but(verdict=str(verdict), gate=gate)

    changed(platform.records, generation.id, said)
