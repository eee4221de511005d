"""Runbooks of this platform, from `docs/runbooks/`."""

from airflow.sdk import dag

from kintsugi_airflow.ingest import DEFAULTS, ingest_tasks


@dag(schedule="@daily", catchup=False, max_active_runs=1, default_args=DEFAULTS, tags=["kintsugi", "ingest"])
def ingest_runbooks() -> None:
    """
    ### Runbooks → records

    Reads every file in `docs/runbooks/` and keeps documents and chunks equal to it: new, edited, renamed and deleted
    files. What has not changed costs a comparison of digests.

    **When it fails**: look at the red task. `fetch`: the folder can't be read. `validate`: a contract refused a shard;
    the refused items are in `kintsugi quarantine list` with check and value. `recount`: the source lost more than half
    of its documents at once, so the partition is held and nothing is deleted; check the folder, then clear the task.
    Are they meant to be gone? Trigger it with the configuration `{"accept_loss": true}`.

    **To run it now**: press *Trigger*. Running it twice changes nothing.
    """
    ingest_tasks("runbooks", partition="all")


ingest_runbooks()
