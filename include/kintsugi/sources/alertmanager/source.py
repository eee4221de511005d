"""Alerts as a source: a document for each, from the alerts that were received and from those that fire now."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from kintsugi.documents.identity import digest
from kintsugi.errors import DataError
from kintsugi.records import Labels, ReceivedAlert
from kintsugi.sources.alertmanager.account import account_of, title_of
from kintsugi.sources.alertmanager.api import AlertmanagerClient
from kintsugi.sources.alertmanager.receiving import hour_of, receive
from kintsugi.sources.media import MARKDOWN
from kintsugi.sources.naming import safe_name
from kintsugi.sources.partitions import Every, is_over, window_of
from kintsugi.sources.port import RawItem
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import OneOf

SETTLED = 60.0
"""Seconds after its end at which a partition is ready: what was being received at its end is stored by then."""

_FIELDS = ("started_in", "ended_in", "changed_in")
_LONGEST_NAME = 200


class AlertsSource:
    """The alerts of a window: those that began or ended in it, and those of which something new was heard in it.

    An alert that begins in one window and ends in another is one document, told anew by the second; one that is heard
    of late is told in the window in which it was heard of. So nothing is missed, however late a notification comes, and
    a window that is read again gives what is stored already. Received alerts are kept, so absence is no deletion.

    Args:
        name: the source's name; notifications are received under it.
        records: opens the records that hold what was received.
        every: how the source is cut: ``hour`` or ``day``.
        labels: labels of every document.
        max_bytes: a longer account is refused.
        alertmanager: asked for what fires now, before a window is listed; ``None`` where notifications are enough.
    """

    contract = "documents"
    complete = False

    def __init__(
        self,
        name: str,
        records: Callable[[], RecordStore],
        *,
        every: Every = "hour",
        labels: Labels,
        max_bytes: int,
        alertmanager: AlertmanagerClient | None = None,
    ) -> None:
        self.name = name
        self._records = records
        self._every = every
        self._labels = labels
        self._max_bytes = max_bytes
        self._alertmanager = alertmanager

    def check(self) -> None:
        """Raise `SourceUnavailable` when there is an Alertmanager to ask and it does not answer."""
        if self._alertmanager is not None:
            self._alertmanager.check()

    def partition_ready(self, partition: str, now: float) -> bool:
        """Return whether the window is over, and what was received at its end is stored."""
        return is_over(self.name, self._every, partition, now - SETTLED)

    def items(self, partition: str) -> Iterator[RawItem]:
        """Yield the window's alerts, once each; what fires now is stored first, so that it is there for good."""
        hours = self._hours(partition)
        if self._alertmanager is not None:
            receive(self._records(), self.name, self._alertmanager.alerts())
        for n, field in enumerate(_FIELDS):
            for alert in self._records().scan(ReceivedAlert, {"source": self.name, field: OneOf(hours)}):
                if not any(getattr(alert, earlier) in hours for earlier in _FIELDS[:n]):
                    yield self._item(alert)

    def item(self, partition: str, external_id: str) -> RawItem | None:
        """Return the item of one alert."""
        alert = self._records().get(ReceivedAlert, external_id.rpartition("/")[2])
        return self._item(alert) if alert is not None and alert.source == self.name else None

    def _hours(self, partition: str) -> tuple[str, ...]:
        window = window_of(self.name, self._every, partition)
        count = (window.end - window.start) // timedelta(hours=1)
        return tuple(hour_of((window.start + timedelta(hours=n)).timestamp()) for n in range(count))

    def _item(self, alert: ReceivedAlert) -> RawItem:
        text = account_of(alert).encode("utf-8", "replace")
        external_id = f"{safe_name(alert.name)[:_LONGEST_NAME]}/{alert.id}"
        return RawItem(
            external_id=external_id,
            media_type=MARKDOWN,
            locator=alert.url or f"alert:{self.name}/{external_id}",
            read=partial(self._within_limit, external_id, text),
            labels=self._labels,
            raw_digest=digest(text),
            title=title_of(alert),
            metadata=_metadata(alert),
        )

    def _within_limit(self, external_id: str, text: bytes) -> bytes:
        if len(text) <= self._max_bytes:
            return text
        raise DataError(
            f"source {self.name}: alert {external_id} is too large",
            expected=f"at most {self._max_bytes:,} bytes",
            got=f"{len(text):,} bytes",
            next_step="shorten the rule's annotations, or raise KINTSUGI_INGEST__MAX_DOCUMENT_MB",
        ).named("size")


def _metadata(alert: ReceivedAlert) -> dict[str, str]:
    ended = {} if alert.ended_at is None else {"ended": f"{alert.ended_at:.3f}"}
    severity = {"severity": alert.labels["severity"]} if alert.labels.get("severity") else {}
    return {"alertname": alert.name, "state": alert.state, "started": f"{alert.started_at:.3f}", **severity, **ended}
