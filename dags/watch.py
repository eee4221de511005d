"""Looks for anomalies all the time and calls `heal`."""

from typing import Any

from airflow.sdk import dag, task, task_group

from kintsugi_airflow.ingest import DEFAULTS
from kintsugi_airflow.sensors import AnomalySensor

DETECTORS = ("missing-chunks", "source-outage")


@dag(
    schedule="*/2 * * * *",
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS | {"pool": "healing"},
    tags=["kintsugi", "healing"],
)
def watch() -> None:
    """
    ### Anomalies → incidents → `heal`

    One deferrable sensor a detector looks every five seconds for a little less than two minutes; then the next run goes
    on. What it finds becomes an incident (one for each kind and target), and each open incident gets one run of `heal`,
    whose run id is made from the incident: starting it twice is starting it once.

    **A run without anomalies does nothing**, and that is what you should see nearly always.
    """
    for name in DETECTORS:

        @task_group(group_id=name.replace("-", "_"))
        def detector(name: str = name) -> None:
            @task
            def dispatch(incidents: list[str], **context: Any) -> list[str]:
                """Start one heal run for each open incident that has none yet."""
                from kintsugi_airflow.dispatch import dispatch_open_incidents

                return dispatch_open_incidents(context)

            dispatch(AnomalySensor(task_id="look", detector=name, watch_for=100).output)

        detector()


watch()
