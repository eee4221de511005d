"""Switching readers over: the checks before a flip, the flip, and what follows the pointer."""

import structlog

from kintsugi.errors import AGAIN, ConflictError, TerminalError
from kintsugi.index.claim import holding_what_is_set, holds_what_is_set
from kintsugi.index.current import OVERLAP
from kintsugi.index.follow import buried_until, bury
from kintsugi.index.generations import CAS_TRIES, flip, named, pointer_of, settle
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Generation


def switch(platform: Platform, name: str, *, over: int | None = None, reason: str = "", withdraws: str = "") -> bool:
    """Flip to this generation and let the engine's alias follow; return false when it was serving already.

    See `kintsugi.index.generations.flip` for the arguments. Killed in between, the next publish does the rest.

    Raises:
        TerminalError: it can't be served; `why_not` says why.
        ConflictError: the pointer moved since ``over``.
    """
    generation = named(platform.records, name)
    problem = why_not(platform, generation)
    if problem:
        raise TerminalError(
            f"generation {name}: can't be served",
            expected="a generation that was built to the end",
            got=problem,
            next_step="let publish finish it, or `kintsugi generations build` another",
        )
    flipped = flip(platform.records, name, over=over, reason=reason, withdraws=withdraws)
    settle_all(platform)
    return flipped


def promote(platform: Platform, name: str) -> bool:
    """Serve this generation because a person says so, whatever the golden gate said; false when it does already.

    What was deleted at its source while nobody brought the generation along leaves it first. Where another embedding or
    pipeline is set than the generation's, what holds those is remembered: it is not promoted over this word by itself.
    """
    generation = named(platform.records, name)
    if generation.id in platform.index.names() and generation.dropped_at is None:
        _drain(platform, generation)
    others = [] if holds_what_is_set(platform, generation) else holding_what_is_set(platform)
    return switch(platform, name, reason="promoted by a person", withdraws=others[-1].id if others else "")


def roll_back(platform: Platform) -> Generation:
    """Flip back to the generation that served before, and return it.

    The one that is left is remembered: it goes on being written to, and is not promoted again by itself.

    Raises:
        TerminalError: none served before this one, or its index is gone.
    """
    pointer = pointer_of(platform.records)
    if pointer is None or not pointer.previous:
        raise TerminalError(
            "rollback: no generation served before the present one", next_step="`kintsugi generations list`"
        )
    previous = named(platform.records, pointer.previous)
    if previous.id in platform.index.names():
        _drain(platform, previous)
    reason = f"rolled back from {pointer.generation} by a person"
    switch(platform, previous.id, over=pointer.version, reason=reason, withdraws=pointer.generation)
    return named(platform.records, previous.id)


def why_not(platform: Platform, generation: Generation) -> str:
    """Return why this generation can't be served; "" when it can."""
    if generation.dropped_at is not None:
        return "dropped"
    if generation.state == "building":
        return "building"
    if generation.id not in platform.index.names():
        return "no index of that name"
    if not platform.index.count(generation.id) and (live := platform.records.count(Chunk, {"live": True})):
        return f"an empty index, while the truth has {live} chunks"
    return ""


def settle_all(platform: Platform) -> None:
    """Bring the states, and the engine's alias, in line with the pointer; nothing to do is the usual case.

    Raises:
        ConflictError: the pointer moves all the time.
    """
    for _ in range(CAS_TRIES):
        pointer = settle(platform.records)
        if pointer is None:
            return
        if pointer.generation in platform.index.names():
            platform.index.serve(pointer.generation)
        else:
            structlog.get_logger().warning("served_index_missing", generation=pointer.generation)
        now = pointer_of(platform.records)
        if now is not None and now.version == pointer.version:
            return
    raise ConflictError(f"pointer: it moved {CAS_TRIES} times", next_step=AGAIN)


def _drain(platform: Platform, generation: Generation) -> None:
    bury(platform, generation, buried_until(generation) - OVERLAP)
    platform.index.refresh(generation.id)
