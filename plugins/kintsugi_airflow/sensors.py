"""Deferrable sensors: they ask once at once, and only then wait in the triggerer, holding no slot."""

import time
from typing import Any

from airflow.sdk import BaseSensorOperator

from kintsugi.errors import SourceUnavailable, TransientError
from kintsugi_airflow import bridge
from kintsugi_airflow.triggers import DetectorTrigger, SourceReadyTrigger


class SourceReadySensor(BaseSensorOperator):
    """Waits until a source answers and the partition of this run is complete.

    A run that asks for it (``conf: {"partial": true}``) takes what a running partition has so far; the scheduled run
    completes it later.

    Args:
        source: name of the source.
        partition: the partition that every run owns; ``None`` takes the run's key.
        patience: seconds to wait before the source counts as unavailable and the partition becomes a gap.

    Raises:
        TransientError: the source answers, but the partition is late.
        SourceUnavailable: the source did not get ready in time; the partition is recorded as failed.
    """

    def __init__(
        self,
        *,
        source: str,
        partition: str | None = None,
        patience: float = 60.0,
        poll: float = 5.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.source = source
        self.partition = partition
        self.patience = patience
        self.poll = poll

    def execute(self, context: Any) -> None:
        """Return at once when ready; defer otherwise."""
        from kintsugi_airflow.readiness import why_not_ready

        if (context["dag_run"].conf or {}).get("partial"):
            return
        partition = self.partition or bridge.partition_of(context, self.source)
        if why_not_ready(self.source, partition) is None:
            return
        self.defer(
            trigger=SourceReadyTrigger(self.source, partition, time.time() + self.patience, self.poll),
            method_name="execute_complete",
        )

    def execute_complete(self, context: Any, event: dict[str, Any]) -> None:
        """Record the gap and fail when the source did not get ready; what is only late is asked for again."""
        if event["ready"]:
            return
        if not event["unavailable"]:
            raise TransientError(event["reason"], next_step="nothing: the task asks again")
        from kintsugi.documents.intake import mark_failed

        partition = self.partition or bridge.partition_of(context, self.source)
        error = SourceUnavailable(
            f"source {self.source}, partition {partition}: not ready after {self.patience:.0f} s",
            got=event["reason"],
            next_step="nothing: an incident opens, and the partition is backfilled once the source answers",
        )
        with bridge.opened() as platform:
            mark_failed(platform, self.source, partition, error, bridge.run_ref(context))
        raise error


class AnomalySensor(BaseSensorOperator):
    """Watches with one detector for ``watch_for`` seconds, all of them: a finding does not end the watch.

    What is found becomes an incident, each incident gets its run of `heal`, and the watch goes on. What is attended to
    already wakes nobody.

    Args:
        detector: name of the detector.
        watch_for: seconds from the start of the task.
        poll: seconds between two looks.
    """

    def __init__(self, *, detector: str, watch_for: float, poll: float = 5.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.detector = detector
        self.watch_for = watch_for
        self.poll = poll

    def execute(self, context: Any) -> None:
        """Hand the watch over to the triggerer."""
        self._watch(time.time() + self.watch_for)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> None:
        """Open an incident for each anomaly that is there, start what has no heal run yet, and go on watching.

        Raises:
            KintsugiError: Airflow did not take a heal run.
        """
        from kintsugi.healing.detectors import detector_named
        from kintsugi.healing.incidents import open_incident
        from kintsugi_airflow.dispatch import dispatch_open_incidents

        if event["found"]:
            with bridge.opened() as platform:
                run, rest = bridge.run_ref(context), platform.settings.healing.window
                for anomaly in detector_named(platform, self.detector).detect():
                    open_incident(platform.records, anomaly, run, rest=rest)
        for run_id in dispatch_open_incidents(context):
            self.log.info("started %s", run_id)
        if time.time() + self.poll < event["until"]:
            self._watch(event["until"])

    def _watch(self, until: float) -> None:
        self.defer(trigger=DetectorTrigger(self.detector, until, self.poll), method_name="execute_complete")
