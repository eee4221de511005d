"""Alerts as they were received: kept at once, so that nothing is lost when the one who sent them forgets them."""

from typing import ClassVar, Literal

from kintsugi.records.base import Record


class ReceivedAlert(Record):
    """One firing of one alert. ``id`` is a hash of (source, labels, start); another start is another record.

    Attributes:
        labels: what identifies the alert, ``alertname`` among them.
        annotations: what is said about it: ``summary``, ``description``, ``runbook_url`` …
        started_at: when it began to fire, by its sender's clock; seconds since the epoch, to the millisecond.
        ended_at: when it was resolved; ``None`` while it fires. Moves from ``None`` to a time, and never back.
        url: where its rule can be looked at.
        received_at: store time at which it was first heard of.
        heard_at: store time at which it was last heard of.
        changed_at: store time at which the record last became another one.
        started_in, ended_in, changed_in: the hours of UTC of these times, e.g. ``2026-11-24T19``; "" for none.
    """

    collection: ClassVar[str] = "received_alerts"
    indexed: ClassVar[tuple[str, ...]] = ("source", "started_in", "ended_in", "changed_in", "ended_at", "heard_at")

    source: str
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    started_at: float
    ended_at: float | None = None
    url: str = ""
    received_at: float
    heard_at: float
    changed_at: float
    started_in: str
    ended_in: str = ""
    changed_in: str

    @property
    def name(self) -> str:
        """The alert's name; ``unnamed`` where its sender gave it none."""
        return self.labels.get("alertname") or "unnamed"

    @property
    def state(self) -> Literal["firing", "resolved"]:
        """Whether it still fires, as far as is known."""
        return "firing" if self.ended_at is None else "resolved"
