"""From trajectories to expertise."""

from typing import Any

from airflow.sdk import PartitionedAssetTimetable, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from kintsugi_airflow import bridge
from kintsugi_airflow.assets import RECORDS, TRAJECTORIES
from kintsugi_airflow.ingest import DEFAULTS


@dag(
    schedule=PartitionedAssetTimetable(assets=TRAJECTORIES),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS | {"pool": "default_pool"},
    tags=["kintsugi"],
)
def refine() -> None:
    """
    ### Trajectories → patterns

    Takes the trajectories that AutoRefine has not seen, contrasts successes with failures, lets what it finds pass the
    gates, maintains the repository, and publishes the patterns into the same index as everything else, so that
    `kintsugi ask` finds them. A pattern without enough held-out evidence stays a *candidate* and says so.

    Then it counts what tasks took, and keeps what patterns saved for the page *Expertise*.

    **When it learns nothing**: that is the usual day. `kintsugi report` says what was held back, and what for.
    """

    @task
    def learn(**context: Any) -> dict[str, Any]:
        """Gather, extract, gate, admit, maintain."""
        from kintsugi import wake_ups
        from kintsugi.expertise.refine import refine as refine_patterns
        from kintsugi.expertise.usage_counting import count_reports

        with bridge.opened() as platform:
            wake_ups.answered(platform.records, wake_ups.REFINE)
            count_reports(platform)
            return refine_patterns(platform, bridge.run_ref(context))

    @task(outlets=[RECORDS])
    def publish_expertise(report: dict[str, Any], outlet_events: Any = None, **context: Any) -> dict[str, Any]:
        """Write the patterns as documents of source `expertise`; skipped when there is nothing to publish."""
        from kintsugi import wake_ups
        from kintsugi.expertise.publish import publish_patterns
        from kintsugi.index.current import unpublished

        with bridge.opened() as platform:
            partition_record = publish_patterns(platform, bridge.run_ref(context))
            changed = partition_record.written or partition_record.deleted
            if not changed and not unpublished(platform.records):  # by a run that failed, or was killed, before it woke
                raise AirflowSkipException("no pattern changed")
            bridge.wake(platform, wake_ups.PUBLISH, outlet_events[RECORDS], partition_record.id, context)
        return partition_record.model_dump(mode="json")

    @task
    def count_savings(report: dict[str, Any]) -> str:
        """Keep what tasks took, and what patterns saved so far; `kintsugi savings` shows it."""
        from kintsugi.savings.collect import collect
        from kintsugi.savings.kept import keep_report

        with bridge.opened() as platform:
            collect(platform)
            return keep_report(platform).says

    learned = learn()
    publish_expertise(learned)
    count_savings(learned)


refine()
