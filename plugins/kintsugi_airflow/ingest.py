"""The tasks that every ``ingest_<source>`` DAG is made of."""

from datetime import timedelta
from typing import Any

from airflow.sdk import task
from airflow.sdk.exceptions import AirflowSkipException

from kintsugi.healing.retry import MAX_TRIES
from kintsugi_airflow import bridge
from kintsugi_airflow.assets import RECORDS
from kintsugi_airflow.retry import ErrorDecides
from kintsugi_airflow.sensors import SourceReadySensor

DEFAULTS: dict[str, Any] = {
    "owner": "kintsugi",
    "retries": MAX_TRIES - 1,
    "retry_delay": timedelta(seconds=5),
    "retry_policy": ErrorDecides(),
    "pool": "ingest",
}


def ingest_tasks(source: str, partition: str | None = None) -> Any:
    """Wire wait → fetch → validate → load (both mapped over shards) → recount → announce; return the recount.

    Args:
        source: name of the source.
        partition: the partition that every run owns, for sources that are folders; ``None`` takes the run's key.
    """

    @task
    def fetch(**context: Any) -> list[str]:
        """Stage what changed as shards, and return those; refuse what can't be read."""
        from kintsugi.documents import intake

        key = partition or bridge.partition_of(context)
        with bridge.opened() as platform, bridge.opened_source(platform, source) as opened:
            fetched = intake.fetch(platform, opened, key, bridge.run_ref(context))
        context["ti"].xcom_push(key="outcome", value=fetched.to_dict())
        return list(fetched.shards)

    @task
    def validate(shard: str, **context: Any) -> str:
        """Hold the shard against the source's contract; quarantine the rows that break it."""
        from kintsugi.documents import intake

        with bridge.opened() as platform:
            kept = intake.validate(platform, shard, bridge.run_ref(context))
        return kept

    @task
    def load(shard: str, **context: Any) -> dict[str, Any]:
        """Write documents, versions and chunks."""
        from kintsugi.documents import intake

        with bridge.opened() as platform:
            loaded = intake.load(platform, shard, bridge.run_ref(context))
        return loaded.to_dict()

    @task(trigger_rule="none_failed")
    def recount(fetched: dict[str, Any], loaded: Any, **context: Any) -> dict[str, Any]:
        """Count again, bury what the source no longer has, commit the partition."""
        from kintsugi.documents import intake

        with bridge.opened() as platform:
            partition_record = intake.recount(
                platform,
                intake.Fetched.from_dict(fetched),
                [intake.Loaded.from_dict(each) for each in loaded or []],
                bridge.run_ref(context),
                accept_loss=(context["dag_run"].conf or {}).get("accept_loss") is True,
            )
        return partition_record.model_dump(mode="json")

    @task(outlets=[RECORDS])
    def announce(partition_record: dict[str, Any], outlet_events: Any = None, **context: Any) -> None:
        """Wake `publish`; skipped when there is nothing to publish, from this run or from one that never got here."""
        from kintsugi import wake_ups
        from kintsugi.index.current import unpublished

        with bridge.opened() as platform:
            if not (partition_record["written"] or partition_record["deleted"] or unpublished(platform.records)):
                raise AirflowSkipException("nothing to publish")
            bridge.wake(platform, wake_ups.PUBLISH, outlet_events[RECORDS], partition_record["id"], context)

    ready = SourceReadySensor(task_id="wait_until_ready", source=source, partition=partition)
    shards = fetch()
    loaded = load.expand(shard=validate.expand(shard=shards))
    counted = recount(shards["outcome"], loaded)
    ready >> shards
    announce(counted)
    return counted
