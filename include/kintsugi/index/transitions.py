"""The states of a generation: which may follow which, and what the pointer makes of each. Pure decisions.

The pointer is the truth about who serves; states are written after it, and a process may be killed in between. So a
state may lag behind, even by two flips: the table has those steps too.
"""

from collections.abc import Mapping
from typing import Literal

from kintsugi.records import Generation, Pointer
from kintsugi.records.generation import GenerationState

Event = Literal["built", "flipped to", "flipped from", "superseded", "given up"]

TRANSITIONS: Mapping[tuple[GenerationState, Event], GenerationState] = {
    ("building", "built"): "ready",
    ("ready", "flipped to"): "serving",
    ("previous", "flipped to"): "serving",
    ("retired", "flipped to"): "serving",
    ("serving", "flipped from"): "previous",
    ("ready", "flipped from"): "previous",
    ("retired", "flipped from"): "previous",
    ("previous", "superseded"): "retired",
    ("serving", "superseded"): "retired",
    ("building", "given up"): "retired",
    ("ready", "given up"): "retired",
    ("previous", "given up"): "retired",
    ("retired", "given up"): "retired",
}
"""What is not here does not happen. A generation that the gate held or rejected stays *ready*, with its verdict."""


def after(state: GenerationState, event: Event) -> GenerationState:
    """Return the state that follows; the same one where the event is not for this state."""
    return TRANSITIONS.get((state, event), state)


def seen_from(pointer: Pointer, generation: Generation) -> Generation:
    """Return the generation as the pointer says it is.

    The pointer wins: what serves was not given up, whatever a drop that came too late has written. It has to have been
    read after the generation; see `kintsugi.index.retention.give_up`.
    """
    event: Event
    if generation.id == pointer.generation:
        event = "flipped to"
    elif generation.id == pointer.previous:
        event = "flipped from"
    else:
        event = "superseded"
    dropped_at = None if event == "flipped to" else generation.dropped_at
    return generation.but(state=after(generation.state, event), dropped_at=dropped_at)


def is_flippable(generation: Generation) -> bool:
    """Return whether the pointer may name the generation: built to the end, and not given up."""
    return generation.state != "building" and generation.dropped_at is None
