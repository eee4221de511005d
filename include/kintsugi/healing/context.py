"""What else went on when an incident was opened: the alerts that fired around that time."""

from collections.abc import Collection, Iterator, Mapping
from heapq import nsmallest
from typing import Any

import structlog

from kintsugi.errors import ConfigurationError
from kintsugi.platform import Platform
from kintsugi.records import Incident, ReceivedAlert
from kintsugi.sources.alertmanager.account import duration
from kintsugi.sources.alertmanager.receiving import HEARD_EVERY
from kintsugi.sources.alertmanager.report import web_address
from kintsugi.sources.registry import configured
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import AtLeast

SPAN = 900.0
"""Seconds before and after an incident's opening: what fired within them may have to do with it."""

SHOWN = 10
SILENCE = 4 * 3600.0 + HEARD_EVERY
"""Seconds after which an alert that fired is no longer believed to when nobody repeated it.

Alertmanager repeats itself every four hours by default (``repeat_interval``); that it did is noted now and then.
"""

_RANKS = (
    ("critical", "fatal", "emergency", "page", "disaster", "p1", "sev1"),
    ("error", "high", "major", "p2", "sev2"),
    ("warning", "warn", "medium", "minor", "average", "p3", "sev3"),
    (),
    ("low", "p4", "sev4"),
    ("info", "information", "notice", "none", "debug", "p5", "sev5"),
)
_UNKNOWN = 3
_RANK_OF = {word: rank for rank, words in enumerate(_RANKS) for word in words}
_LONGEST = 300


def context_of(platform: Platform, incident: Incident) -> dict[str, Any]:
    """Return what belongs into the incident's diagnosis: ``alerts``, where there are any that everybody may read.

    Raises:
        StoreUnavailable: the records could not be read.
    """
    try:
        sources = configured(platform.settings)
    except ConfigurationError as error:
        structlog.get_logger().warning("incident_context_left_out", incident=incident.id, error=str(error))
        return {}
    readable = {name for name, each in sources.items() if "everyone" in each.labels.access}
    found = alerts_around(platform.records, incident, sources=readable)
    return {"alerts": found} if found else {}


def alerts_around(
    records: RecordStore, incident: Incident, *, sources: Collection[str], span: float = SPAN, limit: int = SHOWN
) -> list[dict[str, Any]]:
    """Return the sources' alerts that fired within ``span`` seconds of the incident's opening, the most severe first.

    Of equally severe ones that come first which began nearest to the opening. At most ``limit`` are returned and held;
    times are seconds since the epoch. The words of an alert are its sender's: shown, and never acted on.

    Raises:
        StoreUnavailable: the records could not be read.
    """
    low, high = incident.opened_at - span, incident.opened_at + span
    fired = (each for each in _alive_since(records, low) if each.started_at <= high and each.source in sources)
    found = nsmallest(limit, fired, key=lambda each: _order(each, incident.opened_at))
    return [_facts(each) for each in found]


def in_words(alert: Mapping[str, Any], opened_at: float) -> str:
    """Return one of `alerts_around` as a line for a person, its times told from the incident's opening."""
    graded = f" ({alert['severity']})" if alert["severity"] else ""
    summary = f": {alert['summary']}" if alert["summary"] else ""
    ended = "fires still" if alert["ended_at"] is None else f"ended {_from(alert['ended_at'], opened_at)}"
    return f"{alert['name']}{graded}{summary}; began {_from(alert['started_at'], opened_at)}, {ended}"


def _from(moment: float, opened_at: float) -> str:
    seconds = moment - opened_at
    return f"{duration(abs(seconds))} {'after' if seconds > 0 else 'before'}"


def _alive_since(records: RecordStore, moment: float) -> Iterator[ReceivedAlert]:
    yield from records.scan(ReceivedAlert, {"ended_at": AtLeast(moment)})
    yield from records.scan(ReceivedAlert, {"ended_at": None, "heard_at": AtLeast(moment - SILENCE)})


def _order(alert: ReceivedAlert, opened_at: float) -> tuple[int, float, str]:
    rank = _RANK_OF.get(alert.labels.get("severity", "").strip().lower(), _UNKNOWN)
    return (rank, abs(alert.started_at - opened_at), alert.id)


def _facts(alert: ReceivedAlert) -> dict[str, Any]:
    told = alert.annotations
    return {
        "id": alert.id,
        "source": alert.source,
        "name": _short(alert.name),
        "severity": _short(alert.labels.get("severity", "")),
        "summary": _short(told.get("summary") or told.get("message") or told.get("description") or ""),
        "state": alert.state,
        "started_at": alert.started_at,
        "ended_at": alert.ended_at,
        "runbook": web_address(told.get("runbook_url", "")),
        "url": alert.url,
    }


def _short(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]
