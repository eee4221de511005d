"""Keeping what is told about alerts: each report at once, told twice kept once, in whatever order reports come."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from kintsugi.documents.identity import digest
from kintsugi.errors import AGAIN, ConflictError
from kintsugi.records import ReceivedAlert
from kintsugi.sources.alertmanager.report import Report
from kintsugi.sources.partitions import key_at
from kintsugi.stores.records import RecordStore

CAS_TRIES = 8
HEARD_EVERY = 3600.0
"""Seconds after which it is noted that an alert was heard of again, with nothing new in it."""

_PAGE = 200


@dataclass(frozen=True)
class Kept:
    """What became of the alerts that some reports told of."""

    new: int = 0
    changed: int = 0
    known: int = 0

    def __add__(self, other: "Kept") -> "Kept":
        return Kept(self.new + other.new, self.changed + other.changed, self.known + other.known)


def receive(records: RecordStore, source: str, reports: Iterable[Report]) -> Kept:
    """Store what is told; every alert is durable when this returns. Memory holds one page of them.

    Raises:
        StoreUnavailable: the records can't be written now; tell it again.
        ConflictError: other writers were faster every time; tell it again.
    """
    kept = Kept()
    for page in _pages(reports):
        told: dict[str, list[Report]] = {}
        for report in page:
            told.setdefault(alert_id(source, report), []).append(report)
        kept += _keep(records, source, told)
    return kept


def alert_id(source: str, report: Report) -> str:
    """Return the id of an alert's record.

    Labels are what Alertmanager's own fingerprint is made of; the start tells one firing from the next.
    """
    labels = json.dumps(dict(report.labels), sort_keys=True, ensure_ascii=False)
    return digest("received-alert", source, labels, str(round(report.started_at * 1000)))


def after_all(
    before: ReceivedAlert | None, source: str, id: str, reports: Sequence[Report], now: float
) -> ReceivedAlert:
    """Return the record that these reports, of which there is at least one, leave; see `after`."""
    first, *others = reports
    alert = after(before, source, id, first, now)
    for report in others:
        alert = after(alert, source, id, report, now)
    return alert


def after(before: ReceivedAlert | None, source: str, id: str, report: Report, now: float) -> ReceivedAlert:
    """Return the record that this report leaves; ``before`` itself when it tells nothing new.

    Reports may come late and out of order: the latest end stands, and an alert that has ended fires no more, whatever
    an older report says.
    """
    if before is None:
        return _moved(
            ReceivedAlert(
                id=id,
                source=source,
                labels=dict(report.labels),
                annotations=dict(report.annotations),
                started_at=report.started_at,
                ended_at=report.ended_at,
                url=report.url,
                received_at=now,
                heard_at=now,
                changed_at=now,
                started_in=hour_of(report.started_at),
                changed_in=hour_of(now),
            )
        )
    if before.ended_at is not None and (report.ended_at is None or report.ended_at < before.ended_at):
        return before
    told = before.but(annotations=dict(report.annotations), ended_at=report.ended_at, url=report.url or before.url)
    if told != before:
        return _moved(told.but(heard_at=max(now, before.heard_at), changed_at=now, changed_in=hour_of(now)))
    return before.but(heard_at=now) if now >= before.heard_at + HEARD_EVERY else before


def hour_of(seconds: float) -> str:
    """Return the hour of UTC that this moment lies in, e.g. ``2026-11-24T19``."""
    return key_at("hour", seconds)


def _moved(alert: ReceivedAlert) -> ReceivedAlert:
    return alert.but(ended_in="" if alert.ended_at is None else hour_of(alert.ended_at))


def _keep(records: RecordStore, source: str, told: Mapping[str, Sequence[Report]]) -> Kept:
    known = records.get_many(ReceivedAlert, told)
    now = records.now()
    fresh = [after_all(None, source, id, told[id], now) for id in told if id not in known]
    new = records.insert_missing(fresh)
    if new < len(fresh):  # somebody else was faster with some of them
        known = records.get_many(ReceivedAlert, told)
    changed = sum(_change(records, alert, told[alert.id]) for alert in known.values())
    return Kept(new, changed, max(0, len(told) - new - changed))


def _change(records: RecordStore, alert: ReceivedAlert, reports: Sequence[Report]) -> bool:
    """Return whether the reports told something new of an alert that is stored."""
    for _ in range(CAS_TRIES):
        changed = after_all(alert, alert.source, alert.id, reports, records.now())
        if changed is alert:
            return False
        try:
            return _told(records.replace(changed)) != _told(alert)
        except ConflictError:
            alert = records.get(ReceivedAlert, alert.id) or alert
    raise ConflictError(f"alert {alert.id}: other writers were faster {CAS_TRIES} times", next_step=AGAIN)


def _told(alert: ReceivedAlert) -> tuple[object, ...]:
    return (alert.annotations, alert.ended_at, alert.url)


def _pages(reports: Iterable[Report]) -> Iterator[list[Report]]:
    remaining = iter(reports)
    while page := list(islice(remaining, _PAGE)):
        yield page
