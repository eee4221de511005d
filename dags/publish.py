"""From records to the served index."""

from typing import Any

from airflow.sdk import PartitionedAssetTimetable, dag, task

from kintsugi_airflow import bridge
from kintsugi_airflow.assets import RECORDS
from kintsugi_airflow.ingest import DEFAULTS


@dag(
    schedule=PartitionedAssetTimetable(assets=RECORDS),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS | {"pool": "default_pool"},
    tags=["kintsugi"],
)
def publish() -> None:
    """
    ### Records → index

    Computes what to do from a watermark in the records, never from the events that woke it: a missed or doubled event
    costs nothing. Embeds what has no vector yet, writes what the index lacks, deletes what is no longer live. A change
    of model, chunker or mapping builds a new generation beside the served one; the golden gate promotes, holds or
    rejects it.

    **When `finish` says *hold* or *reject***: the old generation goes on serving; the verdict with its numbers is in
    the task's log and on the generation's record.
    """

    @task.short_circuit
    def plan(**context: Any) -> list[list[str]]:
        """Find the documents that changed since the watermark, in batches; nothing to do skips the rest."""
        from kintsugi.index import publish as steps

        with bridge.opened() as platform:
            planned = steps.plan(platform, bridge.run_ref(context)).to_dict()
        context["ti"].xcom_push(key="plan", value=planned)
        return planned["batches"]

    @task(pool="embedding")
    def embed(batch: list[str], planned: dict[str, Any]) -> dict[str, Any]:
        """Give every chunk of these documents a vector, from the cache where there is one."""
        from dataclasses import asdict

        from kintsugi.index.current import IdRange
        from kintsugi.index.embed import embed as embed_batch

        with bridge.opened() as platform:
            return asdict(embed_batch(platform, planned["since"], IdRange(*batch)))

    @task
    def write(planned: dict[str, Any], **context: Any) -> dict[str, Any]:
        """Make the index equal to the truth for these documents."""
        from dataclasses import asdict

        from kintsugi.index.publish import PublishPlan, write_all

        with bridge.opened() as platform:
            return asdict(write_all(platform, PublishPlan.from_dict(planned), bridge.run_ref(context)))

    @task
    def finish(planned: dict[str, Any], written: dict[str, Any], **context: Any) -> dict[str, Any]:
        """Pass the golden gate, flip, move the watermark."""
        from dataclasses import asdict

        from kintsugi.index import publish as steps

        with bridge.opened() as platform:
            verdict = steps.finish(platform, steps.PublishPlan.from_dict(planned), bridge.run_ref(context))
        return asdict(verdict)

    batches = plan()
    planned = batches["plan"]
    written = write(planned)
    embed.partial(planned=planned).expand(batch=batches) >> written
    finish(planned, written)


publish()
