"""Removes what nobody needs any more."""

from typing import Any

from airflow.sdk import dag, task

from kintsugi_airflow import bridge
from kintsugi_airflow.ingest import DEFAULTS


@dag(
    schedule="@daily",
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS | {"pool": "default_pool"},
    tags=["kintsugi"],
)
def tidy() -> None:
    """
    ### Retention

    Drops the indexes of generations that neither serve nor are needed for a rollback: retired ones beyond
    `generations.keep_retired`, and those that were begun or held back and then left, `generations.retire_after` seconds
    later. Their records stay as history.

    **When it names *strangers***: these indexes belong to no generation. They are left alone; when they are nobody
    else's, `kintsugi generations drop NAME --force`.
    """

    @task
    def generations() -> dict[str, Any]:
        """Drop the indexes of old generations."""
        from dataclasses import asdict

        from kintsugi.index.retention import retain

        with bridge.opened() as platform:
            return asdict(retain(platform))

    generations()


tidy()
