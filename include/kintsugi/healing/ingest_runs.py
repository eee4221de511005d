"""How an ingest run of one partition is started in Airflow."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kintsugi.airflow_rest import AirflowClient

WHOLE = "all"
"""The partition of a source that has only one: everything."""


def partition_key(partition: str) -> str | None:
    """Return the key that the run of this partition is triggered with.

    Airflow refuses a key for a DAG that isn't partitioned, and a source with a single partition has such a DAG.
    """
    return None if partition == WHOLE else partition


def start_ingest(
    client: "AirflowClient", source: str, partition: str, run_id: str, *, unfinished: bool = False
) -> bool:
    """Start ``ingest_<source>`` for this partition; return false when a run of this id was started before.

    Args:
        unfinished: take what a running partition has so far, instead of waiting until it is complete.
    """
    key = partition_key(partition)
    conf = {"partial": True} if unfinished and key else {}
    return client.trigger(f"ingest_{source}", run_id, conf=conf, partition_key=key)
