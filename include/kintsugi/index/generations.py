"""Generations of the served index and the pointer that names the one that answers: what is known of them, and the flip.

Everything here is about records; `kintsugi.index.switch` also looks after the indexes.
"""

from collections.abc import Callable

import structlog

from kintsugi.errors import AGAIN, ConflictError, TerminalError
from kintsugi.index.transitions import is_flippable, seen_from
from kintsugi.records import POINTER, Generation, Pointer
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import OneOf

CAS_TRIES = 8
ALIVE_EVERY = 5.0
"""Seconds between two signs of life of a build."""

STALLED_AFTER = 600.0
"""Seconds without a sign of life after which a build counts as stalled. Whoever comes next goes on with it."""


def pointer_of(records: RecordStore) -> Pointer | None:
    """Return the pointer, or ``None`` before the first generation is published."""
    return records.get(Pointer, POINTER)


def serving(records: RecordStore) -> Generation | None:
    """Return the generation that the pointer names, or ``None`` before the first one is published."""
    pointer = pointer_of(records)
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
            f"generation {name}: unknown", expected=f"one of: {known}", next_step="`kintsugi generations list`"
        )
    return generation


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
    raise ConflictError(f"generation {name}: others were faster {CAS_TRIES} times", next_step=AGAIN)


def alive(records: RecordStore, name: str) -> None:
    """Give a sign of life for a generation that is being built, at most every `ALIVE_EVERY` seconds."""
    generation, now = named(records, name), records.now()
    if generation.state == "building" and now - generation.heartbeat >= ALIVE_EVERY:
        try:
            records.replace(generation.but(heartbeat=now))
        except ConflictError:
            return  # somebody else has just given one


def is_stalled(generation: Generation, now: float) -> bool:
    """Return whether nobody seems to be building it any more."""
    return generation.state == "building" and now - generation.heartbeat > STALLED_AFTER


def flip(records: RecordStore, name: str, *, over: int | None = None, reason: str = "", withdraws: str = "") -> bool:
    """Let readers read this generation from now on; return false when they do already.

    One compare-and-set on the pointer decides. The generation is read after the pointer, and whoever gives a generation
    up writes the pointer after that (`kintsugi.index.retention`): so one that was given up is never flipped to. The
    states are brought in line by whoever comes next, so that a process killed in between leaves nothing to clean up.

    Args:
        records: the truth.
        name: the generation.
        over: the version that the pointer has to have, 0 for none yet: what was decided is worth nothing once it moved.
        reason: kept on the pointer.
        withdraws: the generation that a person does not want, kept on the pointer.

    Raises:
        TerminalError: it is unknown, not built to the end, or was given up.
        ConflictError: the pointer moved since ``over``, or others were faster.
    """
    flipped = _point_to(records, name, over, reason, withdraws)
    settle(records)
    return flipped


def _point_to(records: RecordStore, name: str, over: int | None, reason: str, withdraws: str) -> bool:
    for _ in range(CAS_TRIES):
        pointer = pointer_of(records)
        if pointer and pointer.generation == name:
            return False
        _require_flippable(named(records, name))
        serves = pointer.generation if pointer else ""
        version = pointer.version if pointer else 0
        if over is not None and version != over:
            raise ConflictError(
                f"flip to {name}: the pointer moved meanwhile",
                expected=f"version {over} of it",
                got=f"version {version}, at {serves or 'none'}",
                next_step="it is compared again at the next publish",
            )
        new = Pointer(
            id=POINTER,
            generation=name,
            previous=serves,
            withdrawn=withdraws,
            reason=reason,
            flipped_at=records.now(),
        )
        try:
            if pointer is not None:
                records.replace(new.but(version=pointer.version))
            elif not records.insert(new):
                continue
        except ConflictError:
            continue
        structlog.get_logger().info("generation_flipped", generation=name, previous=serves, reason=reason)
        return True
    raise ConflictError(f"flip to {name}: others were faster {CAS_TRIES} times", next_step=AGAIN)


def _require_flippable(generation: Generation) -> None:
    if not is_flippable(generation):
        raise TerminalError(
            f"generation {generation.id}: can't be served",
            expected="a generation that was built to the end and not given up",
            got="dropped" if generation.dropped_at is not None else generation.state,
            next_step="let publish finish it, or `kintsugi generations build` another",
        )


def settle(records: RecordStore) -> Pointer | None:
    """Bring the states of the generations in line with the pointer, and return it.

    When the pointer moves meanwhile, it is done again: the last one to leave has seen the last pointer.

    Raises:
        ConflictError: the pointer moved `CAS_TRIES` times.
    """
    for _ in range(CAS_TRIES):
        pointer = pointer_of(records)
        if pointer is None:
            return None
        concerned = {each.id for each in records.scan(Generation, {"state": OneOf(("serving", "previous"))})}
        for name in sorted(concerned | {pointer.generation, pointer.previous} - {""}):
            _settle(records, name)
        now = pointer_of(records)
        if now is not None and now.version == pointer.version:
            return now
    raise ConflictError(f"pointer {POINTER}: it moved {CAS_TRIES} times", next_step=AGAIN)


def _settle(records: RecordStore, name: str) -> None:
    def settled(generation: Generation) -> Generation:
        pointer = pointer_of(records)  # after the generation: with an older one, what was dropped would come back
        seen = seen_from(pointer, generation) if pointer else generation
        return seen if seen == generation else seen.but(heartbeat=records.now())

    if records.get(Generation, name) is not None:
        changed(records, name, settled)
