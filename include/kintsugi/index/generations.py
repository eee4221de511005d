"""Generations of the served index: which one answers, which one is written to, and the flip between them."""

from collections.abc import Callable

import structlog

from kintsugi.documents.chunk import pipeline_of
from kintsugi.documents.identity import digest
from kintsugi.errors import ConflictError, TerminalError
from kintsugi.index.project import MAPPING
from kintsugi.platform import Platform
from kintsugi.records import POINTER, Fingerprint, Generation, Pointer, RunRef
from kintsugi.settings import Settings
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import OneOf

CAS_TRIES = 8


def serving(records: RecordStore) -> Generation | None:
    """Return the generation that the pointer names, or ``None`` before the first one is published."""
    pointer = records.get(Pointer, POINTER)
    return records.get(Generation, pointer.generation) if pointer else None


def named(records: RecordStore, name: str) -> Generation:
    """Return the generation of this name.

    Raises:
        TerminalError: there is none.
    """
    generation = records.get(Generation, name)
    if generation is None:
        known = ", ".join(each.id for each in records.scan(Generation)) or "none"
        raise TerminalError(
            f"generation {name}: unknown", expected=f"one of: {known}", next_step="`kintsugi index list` shows them"
        )
    return generation


def pipeline_of_index(settings: Settings) -> str:
    """Return the name of what, besides the embedding, decides about the entries of a generation."""
    return f"mapping-{MAPPING}/{pipeline_of(settings)}"


def claim_building(platform: Platform, run: RunRef) -> Generation:
    """Return the generation to write to, its index made: the serving one while embedding and mapping are unchanged.

    Otherwise the one that is being built for them, a new one if there is none. Its name is made from what it holds and
    a number, so that two processes that claim at once claim the same one. The watermark of a generation whose index was
    lost begins anew: everything is written again, from the truth.
    """
    records, fingerprint = platform.records, platform.embedder.fingerprint
    pipeline = pipeline_of_index(platform.settings)
    wanted = {"fingerprint": fingerprint.id, "pipeline": pipeline}
    generation = serving(records)
    if generation is None or not _holds(generation, wanted):
        records.insert(fingerprint)
        alike = [each for each in records.scan(Generation) if _holds(each, wanted)]
        usable = [each for each in alike if each.state in ("building", "ready")]
        generation = usable[-1] if usable else _new(records, fingerprint, pipeline, len(alike), run)
    if generation.watermark and generation.id not in platform.index.names():
        structlog.get_logger().warning("index_lost", generation=generation.id)
        generation = changed(records, generation.id, lambda each: each.but(watermark=0.0))
    platform.index.create(generation.id, fingerprint.dimension)
    return generation


def _holds(generation: Generation, wanted: dict[str, str]) -> bool:
    return all(getattr(generation, name) == value for name, value in wanted.items())


def _new(records: RecordStore, fingerprint: Fingerprint, pipeline: str, before: int, run: RunRef) -> Generation:
    name = f"g-{digest(fingerprint.id, pipeline, size=4)}-{before + 1:03}"
    now = records.now()
    generation = Generation(
        id=name,
        fingerprint=fingerprint.id,
        dimension=fingerprint.dimension,
        pipeline=pipeline,
        state="building",
        heartbeat=now,
        run=run,
        created_at=now,
    )
    if records.insert(generation):
        structlog.get_logger().info("generation_building", generation=name, fingerprint=fingerprint.id)
    return named(records, name)


def changed(records: RecordStore, name: str, change: Callable[[Generation], Generation]) -> Generation:
    """Apply a change by compare-and-set and return the stored generation; nothing is written when nothing differs.

    Raises:
        ConflictError: other writers were faster `CAS_TRIES` times.
    """
    for _ in range(CAS_TRIES):
        generation = named(records, name)
        wanted = change(generation)
        if wanted == generation:
            return generation
        try:
            return records.replace(wanted)
        except ConflictError:
            continue
    raise ConflictError(f"generation {name}: others were faster {CAS_TRIES} times", next_step="it is tried again")


def flip(records: RecordStore, name: str) -> bool:
    """Let readers read this generation from now on; return false when they do already.

    One compare-and-set on the pointer decides; the states beside it are brought in line by whoever comes next, so that
    a process killed in between leaves nothing to clean up.
    """
    flipped = _point_to(records, name)
    settle(records)
    return flipped


def rollback(records: RecordStore) -> Generation:
    """Flip back to the generation that served before, and return it.

    Raises:
        TerminalError: none served before this one.
    """
    pointer = records.get(Pointer, POINTER)
    if pointer is None or not pointer.previous:
        raise TerminalError("rollback: no generation served before the present one", next_step="`kintsugi index list`")
    flip(records, pointer.previous)
    return named(records, pointer.previous)


def _point_to(records: RecordStore, name: str) -> bool:
    for _ in range(CAS_TRIES):
        pointer = records.get(Pointer, POINTER)
        if pointer and pointer.generation == name:
            return False
        now = records.now()
        if pointer is None:
            if records.insert(Pointer(id=POINTER, generation=name, flipped_at=now)):
                return True
            continue
        try:
            records.replace(pointer.but(generation=name, previous=pointer.generation, flipped_at=now))
        except ConflictError:
            continue
        structlog.get_logger().info("generation_flipped", generation=name, previous=pointer.generation)
        return True
    raise ConflictError(f"flip to {name}: others were faster {CAS_TRIES} times", next_step="it is tried again")


def settle(records: RecordStore) -> None:
    """Bring the states of the generations in line with the pointer."""
    pointer = records.get(Pointer, POINTER)
    if pointer is None:
        return
    for each in list(records.scan(Generation, {"state": OneOf(("ready", "serving", "previous"))})):
        if each.id == pointer.generation:
            changed(records, each.id, lambda generation: generation.but(state="serving"))
        elif each.id == pointer.previous:
            changed(records, each.id, lambda generation: generation.but(state="previous"))
        elif each.state in ("serving", "previous"):
            changed(records, each.id, lambda generation: generation.but(state="retired"))
