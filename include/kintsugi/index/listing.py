"""The generations as people and pages see them."""

from dataclasses import asdict, dataclass
from typing import Any

from kintsugi.index.generations import is_stalled, pointer_of
from kintsugi.platform import Platform
from kintsugi.records import Fingerprint, Generation, Pointer


@dataclass(frozen=True)
class Listed:
    """A generation, with what its index and the pointer add to its record. Times are store times, ages are seconds.

    Attributes:
        generation: its name, which is its index's name.
        state: see `kintsugi.index.transitions`.
        entries: in its index; ``None`` where there is no index.
        model: of its embedding.
        age: since it was begun.
        quiet: since its last sign of life, or the last change of its state.
        served_since: when it was flipped to; ``None`` where it does not serve.
        ruling: of the golden gate: promote, hold, reject; "" where it was not asked yet.
        notes: what is unusual about it, in words.
    """

    generation: str
    state: str
    entries: int | None
    model: str
    fingerprint: str
    pipeline: str
    created_at: float
    age: float
    quiet: float
    served_since: float | None
    ruling: str
    verdict: str
    gate: dict[str, Any]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self) | {"notes": list(self.notes)}


def listed(platform: Platform) -> list[Listed]:
    """Return all generations, the newest first, the dropped ones too.

    Raises:
        StoreUnavailable: a store can't be reached.
    """
    records = platform.records
    now, pointer, there = records.now(), pointer_of(records), set(platform.index.names())
    generations = sorted(records.scan(Generation), key=lambda each: (each.created_at, each.id), reverse=True)
    fingerprints = records.get_many(Fingerprint, {each.fingerprint for each in generations})
    rows = []
    for each in generations:
        entries = platform.index.count(each.id) if each.id in there else None
        serves = pointer is not None and pointer.generation == each.id
        known = fingerprints.get(each.fingerprint)
        rows.append(
            Listed(
                generation=each.id,
                state=each.state,
                entries=entries,
                model=known.model if known else "",
                fingerprint=each.fingerprint,
                pipeline=each.pipeline,
                created_at=each.created_at,
                age=round(now - each.created_at, 1),
                quiet=round(now - each.heartbeat, 1),
                served_since=pointer.flipped_at if pointer and serves else None,
                ruling=str(each.gate.get("ruling", "")),
                verdict=each.verdict,
                gate=each.gate,
                notes=notes_on(each, pointer, now, has_index=entries is not None),
            )
        )
    return rows


def notes_on(generation: Generation, pointer: Pointer | None, now: float, *, has_index: bool) -> tuple[str, ...]:
    """Return what is unusual about a generation. Pure."""
    if generation.dropped_at is not None:
        return ("dropped", "its index is still there, tidy removes it") if has_index else ("dropped",)
    notes = []
    if is_stalled(generation, now):
        notes.append("stalled")
    if pointer is not None and pointer.withdrawn == generation.id:
        notes.append("rolled back")
    ruling = generation.gate.get("ruling")
    if generation.state == "ready" and ruling in ("hold", "reject"):
        notes.append("held by the gate" if ruling == "hold" else "rejected by the gate")
    if not has_index and generation.state != "building":
        notes.append("its index is missing")
    return tuple(notes)
