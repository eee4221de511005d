"""A new generation of the index beside the serving one, on demand."""

from typing import TYPE_CHECKING

from airflow.sdk import dag

from kintsugi_airflow.ingest import DEFAULTS
from kintsugi_airflow.publishing import publish_tasks

if TYPE_CHECKING:
    from kintsugi.index.plan import PublishPlan
    from kintsugi.platform import Platform
    from kintsugi.records import RunRef


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS | {"pool": "default_pool"},
    tags=["kintsugi"],
)
def build_generation() -> None:
    """
    ### Records → another generation, beside the one that serves

    Fills a new index from the records alone, lets it pass the golden gate, and flips when it is promoted. Nothing that
    has a vector is embedded again. `publish` goes on into the serving one meanwhile, and what it brings is caught up
    with before and after the flip. Trigger it when you don't trust the index any more, and want readers to notice
    nothing; the same as `kintsugi generations build`.

    **When it failed half-way**: clear the failed task, or trigger it again: it goes on with what was begun.
    """

    def everything(platform: "Platform", run: "RunRef") -> "PublishPlan":
        from kintsugi.index.plan import plan_build

        return plan_build(platform, run)

    publish_tasks(everything)


build_generation()
