"""Looks for anomalies all the time and calls `heal`."""

from airflow.sdk import dag

from kintsugi.healing.detectors import DETECTORS
from kintsugi_airflow.ingest import DEFAULTS
from kintsugi_airflow.sensors import AnomalySensor


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

    One deferrable sensor a detector looks every five seconds for a little more than two minutes, so that the next run
    is due when this one ends. What it finds becomes an incident (one for each kind and target), each open incident gets
    one run of `heal`, and the watch goes on. The id of that run is made from the incident: starting it twice is
    starting it once.

    **A run without anomalies does nothing**, and that is what you should see nearly always.

    **When it is red**: Airflow did not take a run of `heal`. The task's log says why; the next run tries again.
    """
    for name in DETECTORS:
        AnomalySensor(task_id=f"look_for_{name.replace('-', '_')}", detector=name, watch_for=130)


watch()
