"""The loop's memory after trajectories came: what is new goes into the window, what is contradicted leaves it."""

from collections.abc import Sequence
from dataclasses import replace

from autorefine.config import RefineConfig
from autorefine.delivery import Delivery
from autorefine.outcome import outcome_of
from autorefine.repository import LoopState
from autorefine.trace import trace_of
from autorefine.trajectory import Trajectory


def with_new(state: LoopState, new: Sequence[Trajectory], config: RefineConfig) -> LoopState:
    """Return the state that has taken these in as well, and remembers these alone."""
    return replace(
        state,
        n=state.n + len(new),
        pending=state.pending + len(new),
        window=(*state.window, *map(trace_of, new))[-config.window :],
        seen={each.id: outcome for each in new if (outcome := outcome_of(each)) is not None},
    )


def with_outcomes(state: LoopState, delivery: Delivery) -> LoopState:
    """Return the state with these outcomes; what is contradicted leaves the window."""
    window = tuple(
        replace(each, success=told.success) if told and told.success is not None else each
        for each in state.window
        if (told := delivery.changed.get(each.id)) is None or told.success is not None
    )
    return replace(state, window=window, seen=dict(delivery.outcomes))
