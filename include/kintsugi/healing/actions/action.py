"""`Action`: the one shape of everything that healing may do."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from kintsugi.healing.budget import BlastRadius
from kintsugi.healing.ledger import Ledger
from kintsugi.healing.orchestrator import Orchestrator
from kintsugi.platform import Platform
from kintsugi.records import Incident, Repair

Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class Work:
    """What an action gets to do its work with.

    Attributes:
        arguments: as the plan says.
        ledger: where it announces each batch before touching it.
        orchestrator: who asks sources and runs partitions.
        rng: jitter of pauses.
    """

    platform: Platform
    incident: Incident
    arguments: Arguments
    ledger: Ledger
    orchestrator: Orchestrator
    rng: random.Random


@dataclass(frozen=True)
class Done:
    """The action has come to its end; ``detail`` says what it did."""

    detail: str


@dataclass(frozen=True)
class Wait:
    """The action has to wait: call it again in ``seconds``. The waiting is the caller's, so that it holds no slot."""

    seconds: float
    why: str


class Action(Protocol):
    """One kind of repair.

    Implementers guarantee: `run` may be killed anywhere and called again, and a second run after success does nothing;
    nothing is touched before the ledger has a line that names it; only what `blast_radius` declared is touched; `undo`
    may run twice.

    Attributes:
        name: as playbooks and the ledger write it; kebab-case.
    """

    name: str

    def blast_radius(self, platform: Platform, arguments: Arguments) -> BlastRadius:
        """Return what `run` would touch now."""
        ...

    def dry_run(self, platform: Platform, arguments: Arguments) -> str:
        """Return in a sentence what `run` would do now; change nothing."""
        ...

    def run(self, work: Work) -> Done | Wait:
        """Do the work, or the next piece of it.

        Raises:
            TransientError: not now; calling it again goes on where it stopped.
            TerminalError: it can't succeed; what was done is to be undone.
        """
        ...

    def undo(self, work: Work, line: Repair) -> str:
        """Take back what this ledger line announced, as far as it was done; return in a sentence what that was.

        An empty sentence says that there is nothing to take back; the line then stays as it is.
        """
        ...
