"""Which generations' indexes may go, and giving one up."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from kintsugi.errors import AGAIN, ConflictError, TerminalError
from kintsugi.index.generations import CAS_TRIES, is_stalled, named, pointer_of, settle
from kintsugi.index.switch import settle_all
from kintsugi.index.transitions import after
from kintsugi.platform import Platform
from kintsugi.records import Generation, Pointer
from kintsugi.settings import GenerationSettings
from kintsugi.stores.records import RecordStore


@dataclass(frozen=True)
class Retained:
    """What a round of retention did.

    Attributes:
        dropped: generations whose index went.
        strangers: indexes that belong to no generation; they are named, never dropped by themselves.
    """

    dropped: tuple[str, ...]
    strangers: tuple[str, ...]


def retain(platform: Platform) -> Retained:
    """Drop the indexes that `disposable` names, and those that a killed drop has left; their records stay as history.

    Raises:
        TransientError: a store can't be reached now; what was not dropped is next time.
    """
    settle_all(platform)
    records = platform.records
    pointer = pointer_of(records)
    if pointer is None:
        return Retained((), strangers(platform))
    generations, there = list(records.scan(Generation)), set(platform.index.names())
    going = disposable(generations, pointer, records.now(), platform.settings.generations)
    left = [each for each in generations if each.dropped_at is not None]
    dropped = []
    for each in [*going, *left]:
        if each.dropped_at is not None and each.id not in there:
            continue
        try:
            drop(platform, each.id)
        except TerminalError as error:  # flipped to since it was looked at
            structlog.get_logger().info("generation_kept", generation=each.id, reason=str(error))
        else:
            dropped.append(each.id)
    return Retained(tuple(dropped), strangers(platform))


def strangers(platform: Platform) -> tuple[str, ...]:
    """Return the names of indexes that belong to no generation, sorted."""
    known = {each.id for each in platform.records.scan(Generation)}
    return tuple(name for name in platform.index.names() if name not in known)


def disposable(
    generations: Sequence[Generation], pointer: Pointer, now: float, limits: GenerationSettings
) -> list[Generation]:
    """Return those that may go now. Pure; never the serving or the previous one.

    - Retired ones, without the newest ``keep_retired``, ``retire_after`` seconds after they were retired.
    - Those that were begun or held back and then left: publishing has gone on elsewhere for ``retire_after`` seconds.
      While the settings are those of a held one, publishing goes on with it, and it stays.
    """
    apart = {pointer.generation, pointer.previous}
    candidates = [each for each in generations if each.dropped_at is None and each.id not in apart]
    retired = [each for each in candidates if each.state == "retired"]
    retired.sort(key=lambda each: (each.heartbeat, each.id), reverse=True)
    old = [each for each in retired[limits.keep_retired :] if now - each.heartbeat > limits.retire_after]
    elsewhere = max((each.heartbeat for each in generations if each.id == pointer.generation), default=0.0)
    begun = [each for each in candidates if each.state == "ready" or is_stalled(each, now)]
    return old + [each for each in begun if elsewhere - each.heartbeat > limits.retire_after]


def drop(platform: Platform, name: str, *, force: bool = False) -> None:
    """Give a generation up, then remove its index; the record stays. May run twice, and be killed anywhere.

    Args:
        platform: the wired platform.
        name: a generation, or, with ``force``, an index that belongs to none.
        force: also the previous one, after which there is no rollback.

    Raises:
        TerminalError: it is serving, or previous without ``force``, or there is no such generation.
    """
    if platform.records.get(Generation, name) is None and name in platform.index.names():
        if not force:
            raise TerminalError(
                f"index {name}: belongs to no generation",
                next_step=f"when it is nobody else's: `kintsugi generations drop {name} --force`",
            )
    else:
        give_up(platform.records, name, force=force)
    platform.index.drop(name)
    structlog.get_logger().info("generation_dropped", generation=name)


def give_up(records: RecordStore, name: str, *, force: bool) -> None:
    """Note that nothing may serve this generation any more.

    The generation is written first, then the pointer, unchanged but for its version: a flip that read the generation
    before it was given up loses its compare-and-set on the pointer, and reads again. Only for the serving one is this
    ever taken back, by `settle`, which reads the generation, then the pointer: where that names the generation, it
    moved since it was read here, and this drop loses. The generation is written each time, even when it says so
    already, so that a `settle` that read both earlier loses too.

    Raises:
        TerminalError: readers are, or may be, sent to it.
        ConflictError: the pointer moves all the time.
    """
    for _ in range(CAS_TRIES):
        pointer = settle(records)
        _require_disposable(pointer, name, force)
        each = named(records, name)
        try:
            records.replace(each.but(dropped_at=each.dropped_at or records.now(), state=after(each.state, "given up")))
            if pointer is not None:
                records.replace(pointer.but(previous="" if pointer.previous == name else pointer.previous))
            return
        except ConflictError:
            continue
    settle(records)
    raise ConflictError(f"generation {name}: the pointer moved {CAS_TRIES} times", next_step=AGAIN)


def _require_disposable(pointer: Pointer | None, name: str, force: bool) -> None:
    if pointer is None:
        raise TerminalError(
            f"generation {name}: not dropped",
            expected="a generation that serves instead",
            got="none serves yet",
            next_step="let publish finish it",
        )
    if name == pointer.generation:
        raise TerminalError(
            f"generation {name}: not dropped",
            expected="a generation that does not serve",
            got="the serving one",
            next_step="promote another one first, or `kintsugi generations rollback`",
        )
    if name == pointer.previous and not force:
        raise TerminalError(
            f"generation {name}: not dropped",
            expected="a generation that no rollback needs",
            got="the previous one",
            next_step=f"`kintsugi generations drop {name} --force`; after that there is no rollback",
        )
