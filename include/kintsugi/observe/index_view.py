"""The index as a person wants to see it: generations, what the golden gate said of them, and the two engines.

An engine that can't be reached is part of what is shown. It is asked once, and not again for the rest of the view.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kintsugi.errors import KintsugiError
from kintsugi.index.current import unpublished
from kintsugi.index.generations import is_stalled, pointer_of
from kintsugi.index.listing import notes_on
from kintsugi.observe.engines import Engine
from kintsugi.observe.verdicts import Verdict, verdict_of
from kintsugi.platform import Platform
from kintsugi.records import Fingerprint, Generation, Pointer
from kintsugi.records.generation import GenerationState

NEWEST = 12
"""Generations without an index that are still listed; there may be hundreds of them after some years."""

WAITING = ("building", "ready", "serving")
"""States in which what changed at the sources is still to come in."""


@dataclass(frozen=True)
class GenerationSeen:
    """A generation with what its index and the pointer add to its record. Times are store times.

    Attributes:
        entries: in its index; ``None`` where there is none, or where the engine can't be asked.
        model: of its embedding; "" where its fingerprint is not known.
        stalled: it is being built, and there was no sign of life for long.
        served_since: when it was flipped to; ``None`` where it does not serve.
        waiting: documents that changed since its watermark; ``None`` in a state in which nobody brings it along.
        notes: what is unusual about it, in words.
        verdict: what the golden gate said; ``None`` where it was not asked yet.
    """

    generation: str
    state: GenerationState
    entries: int | None
    model: str
    dimension: int
    fingerprint: str
    pipeline: str
    created_at: float
    heartbeat: float
    watermark: float
    dropped_at: float | None
    stalled: bool
    served_since: float | None
    waiting: int | None
    notes: tuple[str, ...]
    verdict: Verdict | None


@dataclass(frozen=True)
class Generations:
    """All generations that have an index, and the newest of the others; each list has the newest first.

    Attributes:
        previous: what a rollback leads to; "" where there is nothing.
        reason: why readers were switched to the serving one.
        strangers: indexes that belong to no generation.
        earlier: how many of ``gone`` there are in all.
    """

    there: tuple[GenerationSeen, ...]
    gone: tuple[GenerationSeen, ...]
    earlier: int
    serving: str
    previous: str
    reason: str
    strangers: tuple[str, ...]


@dataclass(frozen=True)
class IndexView:
    """Everything on the page *Index* but the comparison; ``at`` is the store time it was read at.

    Where the records can't be read, ``generations`` is ``None`` and ``at`` is this machine's time.
    """

    at: float
    generations: Generations | None
    engines: tuple[Engine, ...]

    def without_texts(self) -> "IndexView":
        """Return it without the words of golden queries and titles: they may come from what not everybody may read."""
        known = self.generations
        if known is None:
            return self
        bare = replace(known, there=_without_texts(known.there), gone=_without_texts(known.gone))
        return replace(self, generations=bare)


def index_view(platform: Platform, engines: Sequence[Engine]) -> IndexView:
    """Read the view; never raises what an engine's trouble raises.

    Args:
        platform: the wired platform.
        engines: what `kintsugi.observe.engines.engines` said lately; one that did not answer is not asked.
    """
    troubled = {engine.role for engine in engines if engine.error}
    if "records" in troubled:
        return IndexView(platform.clock(), None, tuple(engines))
    try:
        sizes = _sizes(platform) if "index" not in troubled else None
    except KintsugiError as error:
        engines, sizes = [_failed(each, error, "index") for each in engines], None
    try:
        return IndexView(platform.records.now(), generations(platform, sizes), tuple(engines))
    except KintsugiError as error:
        return IndexView(platform.clock(), None, tuple(_failed(each, error, "records") for each in engines))


def generations(platform: Platform, sizes: Mapping[str, int] | None, *, newest: int = NEWEST) -> Generations:
    """Return the generations as the records have them.

    Args:
        platform: only its records are read.
        sizes: entries of each index that exists; ``None`` where the engine can't be asked.
        newest: of those without an index.

    Raises:
        StoreUnavailable: the records can't be read now.
    """
    records = platform.records
    now, pointer = records.now(), pointer_of(records)
    every = sorted(records.scan(Generation), key=lambda each: (each.created_at, each.id), reverse=True)
    gone = [each for each in every if each.dropped_at is not None and each.id not in (sizes or {})]
    shown = [each for each in every if each not in gone]
    known = records.get_many(Fingerprint, {each.fingerprint for each in (*shown, *gone[:newest])})

    def seen(each: Generation) -> GenerationSeen:
        waiting = unpublished(records, each) if each.state in WAITING and each.dropped_at is None else None
        has_index = each.id in sizes if sizes is not None else each.dropped_at is None
        model = known[each.fingerprint].model if each.fingerprint in known else ""
        return _seen(each, pointer, now, model, (sizes or {}).get(each.id), waiting, has_index=has_index)

    return Generations(
        there=tuple(seen(each) for each in shown),
        gone=tuple(seen(each) for each in gone[:newest]),
        earlier=len(gone),
        serving=pointer.generation if pointer else "",
        previous=pointer.previous if pointer else "",
        reason=pointer.reason if pointer else "",
        strangers=tuple(sorted((sizes or {}).keys() - {each.id for each in every})),
    )


def _seen(
    each: Generation,
    pointer: Pointer | None,
    now: float,
    model: str,
    entries: int | None,
    waiting: int | None,
    *,
    has_index: bool,
) -> GenerationSeen:
    return GenerationSeen(
        generation=each.id,
        state=each.state,
        entries=entries,
        model=model,
        dimension=each.dimension,
        fingerprint=each.fingerprint,
        pipeline=each.pipeline,
        created_at=each.created_at,
        heartbeat=each.heartbeat,
        watermark=each.watermark,
        dropped_at=each.dropped_at,
        stalled=is_stalled(each, now),
        served_since=pointer.flipped_at if pointer and pointer.generation == each.id else None,
        waiting=waiting,
        notes=notes_on(each, pointer, now, has_index=has_index),
        verdict=verdict_of(each),
    )


def _without_texts(seen: Sequence[GenerationSeen]) -> tuple[GenerationSeen, ...]:
    return tuple(replace(each, verdict=each.verdict and each.verdict.without_texts()) for each in seen)


def _sizes(platform: Platform) -> dict[str, int]:
    return {name: platform.index.count(name) for name in platform.index.names()}


def _failed(engine: Engine, error: KintsugiError, role: str) -> Engine:
    return replace(engine, error=error.what, next_step=error.next_step) if engine.role == role else engine
