"""Proposes what to do about stale, duplicate and missing documents."""

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
def upkeep() -> None:
    """
    ### Documents → proposals

    Looks for documents that repeat another one, say what a newer one says of a later version, lost their source, or
    misled people, and for questions without a good answer. Each becomes a proposal that passes the gates: well formed,
    known questions answered at least as well, none lost. At most 20 new ones of a kind a day.

    **Nothing is changed by itself**: `kintsugi upkeep list` shows what was admitted, `kintsugi upkeep apply ID` does
    it, `kintsugi upkeep revert ID` takes it back.
    """

    @task
    def propose(**context: Any) -> dict[str, int]:
        """Find, propose, judge."""
        from dataclasses import asdict

        from kintsugi.upkeep.upkeep import upkeep as keep_up

        with bridge.opened() as platform:
            return asdict(keep_up(platform, bridge.run_ref(context)))

    propose()


upkeep()
