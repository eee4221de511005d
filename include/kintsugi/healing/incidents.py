"""Opening and finding incidents. One stands for each (kind, target), however often it is reported."""

from collections.abc import Callable, Iterator

import structlog

from kintsugi.documents.identity import digest
from kintsugi.errors import AGAIN, ConflictError, TerminalError
from kintsugi.healing.anomaly import Anomaly
from kintsugi.healing.lease import lease_name
from kintsugi.healing.transitions import FINISHED, MOVES, moved
from kintsugi.records import Incident, Lease, RunRef
from kintsugi.settings import HealingSettings
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import OneOf

CAS_TRIES = 8
MAX_ATTEMPTS = 5
"""Heal runs that an incident gets without coming to an end; then it is a person's."""


def incident_id(kind: str, target: str, number: int) -> str:
    """Return the id of the ``number``-th (from 0) incident of this kind and target."""
    return digest("incident", kind, target, str(number), size=6)


def open_incident(records: RecordStore, anomaly: Anomaly, run: RunRef, *, rest: float = 3600.0) -> Incident:
    """Return the incident that stands for this anomaly; a new one only when none is open.

    Detectors in many processes may report the same anomaly at once: the id is made from (kind, target, count of earlier
    incidents), so they all insert the same record.

    Args:
        rest: see `standing`.
    """
    number = records.count(Incident, {"kind": anomaly.kind, "target": anomaly.target})
    now = records.now()
    latest = standing(records, anomaly.kind, anomaly.target, rest)
    if latest is not None:
        return _seen(records, latest, now)
    incident = _new(anomaly, number, now, run)
    if records.insert(incident):
        structlog.get_logger().warning(
            "incident_opened",
            incident=incident.id,
            kind=incident.kind,
            subject=incident.target,
            numbers=anomaly.numbers,
        )
    return get_incident(records, incident.id)


def standing(records: RecordStore, kind: str, target: str, rest: float) -> Incident | None:
    """Return the incident that stands for this fault, or ``None`` when seeing it now would open a new one.

    An escalated incident stands for another ``rest`` seconds: what healing could not cure is not tried again at every
    look. Where there is no playbook another attempt is no use, and it stands for as long as the fault is seen.
    """
    number = records.count(Incident, {"kind": kind, "target": target})
    latest = records.get(Incident, incident_id(kind, target, number - 1)) if number else None
    return latest if latest is not None and _still_stands(latest, records.now(), rest) else None


def unattended(records: RecordStore, anomaly: Anomaly, rest: float) -> bool:
    """Return whether somebody has yet to open an incident for this anomaly, or to start its heal run.

    An incident that is attended to is marked as seen.
    """
    found = standing(records, anomaly.kind, anomaly.target, rest)
    if found is None or (found.state not in FINISHED and found.notified_attempt < found.attempt):
        return True
    _seen(records, found, records.now())
    return False


def preview(records: RecordStore, anomaly: Anomaly, run: RunRef) -> Incident:
    """Return the incident that `open_incident` would open now, without storing it."""
    number = records.count(Incident, {"kind": anomaly.kind, "target": anomaly.target})
    return _new(anomaly, number, records.now(), run)


def get_incident(records: RecordStore, id: str) -> Incident:
    """Return the incident.

    Raises:
        TerminalError: there is none with this id.
    """
    incident = records.get(Incident, id)
    if incident is None:
        raise TerminalError(f"incident {id}: unknown", next_step="`kintsugi incidents --all` lists every incident")
    return incident


def open_incidents(records: RecordStore) -> Iterator[Incident]:
    """Yield the incidents that a healer still has something to do for, in id order."""
    return records.scan(Incident, {"state": OneOf(tuple(state for state in MOVES if state not in FINISHED))})


def change(records: RecordStore, id: str, how: Callable[[Incident], Incident | None]) -> Incident:
    """Read the incident, apply ``how`` and write it by compare-and-set; ``None`` from ``how`` leaves it as it is.

    ``how`` may run several times, on what is stored at that moment.

    Raises:
        ConflictError: other writers were faster every time.
    """
    for _ in range(CAS_TRIES):
        incident = get_incident(records, id)
        after = how(incident)
        if after is None:
            return incident
        try:
            return records.replace(after)
        except ConflictError:
            continue
    raise ConflictError(f"incident {id}: other writers were faster {CAS_TRIES} times", next_step=AGAIN)


def mark_notified(records: RecordStore, id: str, attempt: int) -> Incident:
    """Note that the heal run of this attempt has been started; call it after the run was accepted, never before."""
    return change(records, id, lambda it: it.but(notified_attempt=attempt) if it.notified_attempt < attempt else None)


def reopen(records: RecordStore, id: str, run: RunRef) -> Incident:
    """Give an escalated incident to the healer again, as its next attempt: a person has decided so.

    An incident that is not escalated stays as it is.
    """

    def reopened(incident: Incident) -> Incident | None:
        if incident.state != "escalated":
            return None
        fresh = incident.but(
            attempt=incident.attempt + 1, diagnosis={}, plan=(), approval={}, verification={}, outcome=""
        )
        return moved(fresh, "open", at=records.now(), run=run, note="reopened by a person")

    return change(records, id, reopened)


def revive_stalled(records: RecordStore, settings: HealingSettings, run: RunRef) -> list[Incident]:
    """Give incidents whose heal run died a next attempt, so that a dispatcher starts it; return those.

    Stalled is an unfinished incident whose run was started, whose lease ran out at least ``settings.lease`` seconds
    ago, and that did not change since (nor while a person still has time to approve). After `MAX_ATTEMPTS` it is
    escalated instead.
    """
    revived = []
    for incident in list(open_incidents(records)):
        if not _is_stalled(records, incident, settings):
            continue

        def next_attempt(it: Incident, seen: Incident = incident) -> Incident | None:
            if it.version != seen.version:
                return None
            if it.attempt >= MAX_ATTEMPTS:
                note = f"{it.attempt} heal runs came to no end"
                return moved(it, "escalated", at=records.now(), run=run, note=note, outcome=note)
            return it.but(attempt=it.attempt + 1, changed_at=records.now())

        after = change(records, incident.id, next_attempt)
        structlog.get_logger().warning("incident_stalled", incident=after.id, state=after.state, attempt=after.attempt)
        if after.state not in FINISHED:
            revived.append(after)
    return revived


def _is_stalled(records: RecordStore, incident: Incident, settings: HealingSettings) -> bool:
    if incident.notified_attempt < incident.attempt:
        return False
    waits = settings.approval_timeout if incident.state == "awaiting approval" else 0.0
    lease = records.get(Lease, lease_name(incident.id))
    alive_until = max(incident.changed_at + settings.lease, lease.expires_at if lease else 0.0)
    return records.now() >= alive_until + waits + settings.lease


def _still_stands(incident: Incident, now: float, rest: float) -> bool:
    if incident.state == "escalated":
        since = incident.last_seen_at if incident.diagnosis.get("healable") is False else incident.closed_at
        return since is not None and now < since + rest
    return incident.state != "resolved"


def _seen(records: RecordStore, incident: Incident, now: float) -> Incident:
    return change(records, incident.id, lambda it: it.but(last_seen_at=now) if it.last_seen_at < now else None)


def _new(anomaly: Anomaly, number: int, now: float, run: RunRef) -> Incident:
    return Incident(
        id=incident_id(anomaly.kind, anomaly.target, number),
        kind=anomaly.kind,
        target=anomaly.target,
        severity=anomaly.severity.value,
        summary=anomaly.summary,
        evidence=anomaly.evidence,
        opened_at=now,
        changed_at=now,
        last_seen_at=now,
        history=({"state": "open", "at": now, "run": str(run), "attempt": 1, "note": anomaly.summary},),
    )
