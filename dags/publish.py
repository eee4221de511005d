"""From records to the served index."""

from typing import TYPE_CHECKING

from airflow.sdk import PartitionedAssetTimetable, dag

from kintsugi_airflow.assets import RECORDS
from kintsugi_airflow.ingest import DEFAULTS
from kintsugi_airflow.publishing import publish_tasks

if TYPE_CHECKING:
    from kintsugi.index.plan import PublishPlan
    from kintsugi.platform import Platform
    from kintsugi.records import RunRef


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
    rejects it. The previous generation is brought along, so that `kintsugi generations rollback` always has a place to
    go.

    **When `finish` says *hold* or *reject***: the old generation goes on serving. `kintsugi generations show NAME` has
    the verdict, and the queries that lost most side by side.
    """

    def changed_documents(platform: "Platform", run: "RunRef") -> "PublishPlan":
        from kintsugi import wake_ups
        from kintsugi.index.plan import plan

        wake_ups.answered(platform.records, wake_ups.PUBLISH)
        return plan(platform, run)

    publish_tasks(changed_documents)


publish()
