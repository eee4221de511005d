"""What Airflow says about its own health, held against when we started each process."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from kintsugi.laptop.services import REPORTED

TIMEOUT = 10.0
WARM_UP = 60.0
"""Seconds that the first request to the execution API may take: it builds the API (6 s on two free cores)."""


@dataclass(frozen=True)
class Reading:
    """One look at the platform's health: for each service whether it is healthy, and when it was last heard of."""

    healthy: Mapping[str, bool]
    heard: Mapping[str, float]

    def knows(self, service: str) -> bool:
        """Tell whether this reading says anything about the service."""
        return service in self.healthy

    def vouches_for(self, service: str, since: float) -> bool:
        """Tell whether the service is healthy and was heard of since ``since``: an older sign is its forerunner's."""
        return self.healthy.get(service, False) and self.heard.get(service, 0.0) >= since


SILENT = Reading(healthy={}, heard={})


def read_health(url: str, timeout: float = TIMEOUT) -> Reading:
    """Ask ``/api/v2/monitor/health``; no answer, or one that is not Airflow's, reads as silence."""
    content = _get(f"{url}/api/v2/monitor/health", timeout)
    return reading_of(content) if content is not None and "scheduler" in content else SILENT


def reading_of(content: Mapping[str, Any]) -> Reading:
    """Return what Airflow's health answer says about the services that write heartbeats."""
    healthy, heard = {}, {}
    for service, key in REPORTED.items():
        part = content.get(key) or {}
        stamp = part.get(f"latest_{key}_heartbeat")
        healthy[service] = part.get("status") == "healthy"
        heard[service] = datetime.fromisoformat(stamp).timestamp() if stamp else 0.0
    return Reading(healthy, heard)


def warm_up(url: str, timeout: float = WARM_UP) -> bool:
    """Make the API server build the execution API, so that no task waits for it; return whether it did."""
    return _get(f"{url}/execution/health", timeout) is not None


def _get(url: str, timeout: float) -> dict[str, Any] | None:
    try:
        answer = httpx.get(url, timeout=timeout, trust_env=False)  # never through a proxy: it is this machine
        content = answer.json() if answer.is_success else None
    except (httpx.HTTPError, ValueError):
        return None
    return content if isinstance(content, dict) else None
