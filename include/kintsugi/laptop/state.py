"""What the supervisor knows about the platform, as a file that everybody may read at any time."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from kintsugi.laptop.processes import Identity
from kintsugi.settings import Settings

Phase = Literal["starting", "running", "stopping", "stopped", "failed"]
Condition = Literal["waiting", "starting", "healthy", "unhealthy", "restarting", "failed", "stopped"]
"""waiting: not started yet · starting: alive, not ready · unhealthy: alive, but it stopped reporting ·
restarting: died, starts again in a moment · failed: died too often, given up."""


@dataclass(frozen=True)
class ServiceState:
    """One service. ``since`` is when ``condition`` began, seconds since 1970; ``detail`` says why, where that helps."""

    name: str
    condition: Condition = "waiting"
    process: Identity | None = None
    restarts: int = 0
    since: float = 0.0
    detail: str = ""
    optional: bool = False


@dataclass(frozen=True)
class PlatformState:
    """The supervisor and its services, in the order in which they start."""

    phase: Phase
    since: float
    supervisor: Identity | None = None
    api_url: str = ""
    detail: str = ""
    services: tuple[ServiceState, ...] = field(default=())

    @property
    def is_usable(self) -> bool:
        """Every service that the platform can't do without is healthy."""
        return self.phase == "running" and all(each.condition == "healthy" or each.optional for each in self.services)

    @property
    def is_healthy(self) -> bool:
        """It is usable, and the other services have decided, too."""
        return self.is_usable and all(each.condition in ("healthy", "failed") for each in self.services)

    @property
    def given_up(self) -> tuple[ServiceState, ...]:
        """The services that died too often and that the platform can't do without."""
        return tuple(each for each in self.services if each.condition == "failed" and not each.optional)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "PlatformState":
        """Return what `to_dict` wrote."""
        services = tuple(
            ServiceState(**{**each, "process": _identity(each["process"])}) for each in content["services"]
        )
        return cls(**{**content, "supervisor": _identity(content["supervisor"]), "services": services})


def state_path(settings: Settings) -> Path:
    """Where the supervisor writes its state."""
    return settings.run_path / "state.json"


def read_state(settings: Settings) -> PlatformState | None:
    """Return the last state that a supervisor wrote; ``None`` when there is none that can be understood."""
    try:
        return PlatformState.from_dict(json.loads(state_path(settings).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        return None


def changes(before: PlatformState | None, after: PlatformState) -> list[tuple[str, Condition, str]]:
    """Return name, condition and detail of each service whose condition is another than before."""
    known = {each.name: each.condition for each in before.services} if before else {}
    return [
        (each.name, each.condition, each.detail)
        for each in after.services
        if known.get(each.name, "waiting") != each.condition
    ]


def _identity(content: Mapping[str, Any] | None) -> Identity | None:
    return Identity(**content) if content else None
