"""When a service that died starts again, and when it does not: a pure decision."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RestartPolicy:
    """Waits ``first`` seconds before the first restart, twice as long before each next one, at most ``longest``.

    Attributes:
        limit: so many deaths within ``window`` seconds and the service is given up.
    """

    first: float = 0.5
    longest: float = 15.0
    limit: int = 6
    window: float = 300.0


@dataclass(frozen=True)
class Restart:
    """Start it again at this time."""

    at: float


@dataclass(frozen=True)
class GiveUp:
    """Don't: ``deaths`` of the last window say that another start would end the same way."""

    deaths: int


def decide(deaths: Sequence[float], now: float, policy: RestartPolicy) -> Restart | GiveUp:
    """Return what to do after the last of ``deaths`` (times in seconds, the newest last)."""
    recent = recent_deaths(deaths, now, policy)
    if len(recent) >= policy.limit:
        return GiveUp(deaths=len(recent))
    delay = min(policy.longest, policy.first * 2.0 ** max(len(recent) - 1, 0))
    return Restart(at=now + delay)


def recent_deaths(deaths: Sequence[float], now: float, policy: RestartPolicy) -> tuple[float, ...]:
    """Return the deaths that still count."""
    return tuple(death for death in deaths if now - death < policy.window)
