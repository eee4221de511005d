"""What this Airflow did: runs, task tries, durations, states and logs, an hour at a time."""

from typing import Any

from airflow.sdk import CronPartitionTimetable, dag, task

from kintsugi_airflow import bridge
from kintsugi_airflow.assets import TRAJECTORIES
from kintsugi_airflow.ingest import DEFAULTS, ingest_tasks


@dag(
    schedule=CronPartitionTimetable("0 * * * *", timezone="UTC", run_offset=-1, key_format="%Y-%m-%dT%H"),
    catchup=False,
    max_active_runs=2,
    default_args=DEFAULTS,
    tags=["kintsugi", "ingest"],
)
def ingest_airflow() -> None:
    """
    ### Airflow's own operation → records and trajectories

    Each run owns one hour (its *partition key*, e.g. `2026-11-24T19`, UTC) and reads the runs that **ended** in it
    through the REST API of the connection `kintsugi_airflow`. The same hour twice leaves the index byte-equal.

    **To load history**: *Trigger → Backfill*, or
    `airflow backfill create --dag-id ingest_airflow --from-date … --to-date …`.

    **When the API refuses or answers 5xx** the sensor gives up after a minute, the hour becomes a gap, `watch` opens a
    *source-outage* incident, and `heal` backfills the gap once the API answers: there is nothing to clear by hand.
    """

    @task(outlets=[TRAJECTORIES])
    def gather(partition_record: dict[str, Any], outlet_events: Any = None, **context: Any) -> int:
        """Turn the hour's runs into trajectories and wake `refine`; skipped when it has seen all there are."""
        from airflow.sdk.exceptions import AirflowSkipException

        from kintsugi import wake_ups
        from kintsugi.expertise.gather import gather_runs
        from kintsugi.expertise.refine import waiting

        with bridge.opened() as platform, bridge.connected() as client:
            new = gather_runs(platform, partition_record["key"], client)
            if not (new or waiting(platform.records)):
                raise AirflowSkipException("nothing to learn from")
            bridge.wake(platform, wake_ups.REFINE, outlet_events[TRAJECTORIES], partition_record["id"], context)
        return new

    gather(ingest_tasks("airflow"))


ingest_airflow()
