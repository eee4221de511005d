"""DAGs of sources: one for each entry of `sources.yaml`, made of the same tasks."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, CronPartitionTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from kintsugi.healing.retry import MAX_TRIES
from kintsugi.sources.config import SourceConfig
from kintsugi.sources.partitions import FORMATS, WHOLE
from kintsugi_airflow import bridge
from kintsugi_airflow.assets import RECORDS, TRAJECTORIES, arrivals
from kintsugi_airflow.retry import ErrorDecides
from kintsugi_airflow.sensors import SourceReadySensor

if TYPE_CHECKING:
    from kintsugi.platform import Platform
    from kintsugi.records import Partition

DEFAULTS: dict[str, Any] = {
    "owner": "kintsugi",
    "retries": MAX_TRIES - 1,
    "retry_delay": timedelta(seconds=5),
    "retry_policy": ErrorDecides(),
    "pool": "ingest",
}

FINISH_FIRST: dict[str, Any] = {"weight_rule": "upstream"}
"""The further a partition is, the sooner its next task gets a slot. By Airflow's own rule the first task of each
waiting partition comes before the last ones of those under way: a backfill would publish when it is over."""

_ADVICE = """
**When nothing comes in**: is this DAG paused? The page *Sources* says what each source brought, refused and when.

**When an item is missing from the answers**: the page *Quarantine* says which check refused it and what to do.

**When the source is down** the first task gives up after a minute and the partition becomes a gap: `watch` opens a
*source-outage* incident, and `heal` backfills the gap once the source answers. There is nothing to clear by hand.

**When `fetch` or `recount` is red with a held partition**: the data changed its shape or its amount. Nothing was
deleted and nothing new was taken in; an incident says what was expected and what came. Is the loss of many documents
meant? Trigger this DAG with the configuration `{"accept_loss": true}`; for an odd amount or odd
rates of missing values, `{"accept_volume": true}`, `{"accept_rates": true}`.
"""
_BACKFILL = """
Each run owns one %(every)s (its *partition key*, e.g. `%(example)s`, UTC); the same %(every)s twice leaves the index
byte-equal.

A run by hand without a key takes the last %(every)s that was over.

**To load history**: `kintsugi sources backfill %(source)s --from %(example)s --to …`, or *Trigger → Backfill* here.
"""
_EXAMPLES = {"hour": "2026-11-24T19", "day": "2026-11-24"}


def ingest_dag(config: SourceConfig) -> DAG:
    """Return the DAG of a source."""
    with DAG(
        dag_id=config.dag_id,
        schedule=_schedule(config),
        catchup=False,
        max_active_runs=config.max_active_runs,
        default_args=DEFAULTS | FINISH_FIRST | {"pool": config.pool, "owner": config.owner},
        tags=["kintsugi", "ingest"],
        doc_md=_doc(config),
    ) as made:
        counted = ingest_tasks(config.name, partition=WHOLE if config.partition == "all" else None)
        if config.gives_trajectories():
            _gather(config.name)(counted)
    return made


def ingest_tasks(source: str, partition: str | None = None) -> Any:
    """Wire wait → fetch → validate → load (both mapped over shards) → recount → announce; return the recount's record.

    What has nothing to do is skipped without a process: validate and load of a partition that brought nothing, announce
    where nothing is to be published or `publish` is called already.

    Args:
        source: name of the source.
        partition: the partition that every run owns, where the source is not cut by time; else that is the run's key.
    """

    @task
    def fetch(**context: Any) -> list[str]:
        """Stage what changed as shards, and return those; refuse what can't be read."""
        from kintsugi.documents import intake

        key = partition or bridge.partition_of(context, source)
        with bridge.opened() as platform, bridge.opened_source(platform, source) as opened:
            fetched = intake.fetch(platform, opened, key, bridge.run_ref(context), accept=bridge.accepted(context))
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

    @task.branch(trigger_rule="none_failed")
    def recount(fetched: dict[str, Any], loaded: Any, **context: Any) -> list[str]:
        """Count again, bury what the source no longer has, commit the partition; say who has to hear of it."""
        from kintsugi.documents import intake

        with bridge.opened() as platform:
            partition_record = intake.recount(
                platform,
                intake.Fetched.from_dict(fetched),
                [intake.Loaded.from_dict(each) for each in loaded or []],
                bridge.run_ref(context),
                accept_loss="loss" in bridge.accepted(context),
            )
            context["ti"].xcom_push(key="record", value=partition_record.model_dump(mode="json"))
            return has_work(platform, partition_record, context)

    @task(outlets=[RECORDS])
    def announce(partition_record: dict[str, Any], outlet_events: Any = None, **context: Any) -> None:
        """Wake `publish`."""
        from kintsugi import wake_ups

        with bridge.opened() as platform:
            bridge.wake(platform, wake_ups.PUBLISH, outlet_events[RECORDS], partition_record["id"], context)

    ready = SourceReadySensor(task_id="wait_until_ready", source=source, partition=partition)
    shards = fetch()
    loaded = load.expand(shard=validate.expand(shard=shards))
    counted = recount(shards["outcome"], loaded)
    ready >> shards
    announce(counted["record"])
    return counted["record"]


def has_work(platform: "Platform", partition_record: "Partition", context: Any) -> list[str]:
    """Return the tasks after `recount` that have something to do.

    `announce` has where there is something to publish, from this run or from one that never got here, and nobody else's
    call of `publish` is under way; its own is noted here, and the task sends it. `gather` has none only where the
    partition is empty and nothing waits for `refine`.
    """
    from kintsugi import wake_ups
    from kintsugi.index.current import unpublished

    records, ti = platform.records, context["ti"]
    found = []
    changed = partition_record.written or partition_record.deleted or unpublished(records)
    if changed and wake_ups.is_due(records, wake_ups.PUBLISH, f"{ti.dag_id}/{ti.run_id}"):
        found.append("announce")
    if "gather" in ti.task.downstream_task_ids:
        from kintsugi.expertise.refine import waiting

        if partition_record.seen or waiting(records):
            found.append("gather")
    return found


def _gather(source: str) -> Any:
    @task(outlets=[TRAJECTORIES])
    def gather(partition_record: dict[str, Any], outlet_events: Any = None, **context: Any) -> int:
        """Turn what came in into trajectories and wake `refine`; skipped when it has seen all there are."""
        from kintsugi import wake_ups
        from kintsugi.expertise.gather import gather_from
        from kintsugi.expertise.refine import waiting

        with bridge.opened() as platform, bridge.opened_source(platform, source) as opened:
            new = gather_from(platform, opened, partition_record["key"])
            if not (new or waiting(platform.records)):
                raise AirflowSkipException("nothing to learn from")
            bridge.wake(platform, wake_ups.REFINE, outlet_events[TRAJECTORIES], partition_record["id"], context)
        return new

    return gather


def _schedule(config: SourceConfig) -> Any:
    if config.schedule == "arrival":
        return [arrivals(config)]
    if config.partition == "all":
        return config.schedule or None
    key_format = FORMATS[config.partition]
    return CronPartitionTimetable(config.schedule, timezone="UTC", run_offset=-1, key_format=key_format)


def _doc(config: SourceConfig) -> str:
    about = config.about or f"Source {config.name} of kind {config.kind}."
    parts = [f"### {config.name} → records", about]
    if config.partition != "all":
        facts = {"every": config.partition, "example": _EXAMPLES[config.partition], "source": config.name}
        parts.append((_BACKFILL % facts).strip())
    return "\n\n".join([*parts, _ADVICE.strip()])
