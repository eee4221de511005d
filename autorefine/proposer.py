"""Whatever proposes patterns beside what extraction finds by counting."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from autorefine.pattern import Pattern
from autorefine.trace import Trace

if TYPE_CHECKING:
    from autorefine.config import RefineConfig


class Proposer(Protocol):
    """Proposes candidates; what it proposes passes the same gates as everything else."""

    def propose(self, traces: Sequence[Trace], config: "RefineConfig", now: float) -> list[Pattern]:
        """Return candidates drawn from these runs only; an empty list when there is none or something went wrong."""
        ...
