"""One run reads one refused item again."""

from datetime import timedelta
from typing import Any

from airflow.sdk import PartitionedAtRuntime, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from kintsugi_airflow import bridge
from kintsugi_airflow.assets import RECORDS
from kintsugi_airflow.ingest import DEFAULTS


@dag(
    schedule=PartitionedAtRuntime(),
    catchup=False,
    max_active_runs=4,
    default_args=DEFAULTS | {"retry_delay": timedelta(seconds=2)},
    tags=["kintsugi", "ingest"],
)
def release() -> None:
    """
    ### A refused item, read again

    Started by the button *Release* on the page *Quarantine*; the partition key is the id of the quarantine record.
    Only that item is read, through its source, with the checks that it was refused by. Of sensitive text the decision
    is remembered first: the same content passes from then on, changed content is checked again.

    **When `announce` is skipped** the item was refused again, and the page says why: correct it at its source.

    **When `read_again` is red** its source does not answer, its partition was being taken in all the while, or somebody
    else decided about the record; the log says which. Clear the task to try again, press *Release* once more, or
    `kintsugi quarantine release ID`.
    """

    @task
    def read_again(**context: Any) -> dict[str, str]:
        """Take the item in, unless it is refused again."""
        from kintsugi.documents.intake.release import release as release_record
        from kintsugi.errors import TerminalError
        from kintsugi.observe.quarantine_view import is_for_everyone, reason, sources_for_everyone
        from kintsugi.records import Quarantined

        run = context["dag_run"]
        with bridge.opened() as platform:
            found = platform.records.get(Quarantined, str(run.partition_key or ""))
            if found is None:
                raise TerminalError(
                    f"run {run.run_id} of {run.dag_id}: no quarantine record {run.partition_key!r}",
                    expected="a partition key that is the id of one",
                    next_step="`kintsugi quarantine list` shows them with the beginnings of their ids",
                )
            by = str((run.conf or {}).get("by") or "")
            after = release_record(platform, found, bridge.run_ref(context), by, opened=bridge.opened_source)
            seen_by_all = is_for_everyone(after, sources_for_everyone(platform.settings))
        _, got = reason(after, may_see=seen_by_all)
        return {"state": after.state, "source": after.source, "partition": after.partition, "got": got}

    @task(outlets=[RECORDS])
    def announce(after: dict[str, str], outlet_events: Any = None, **context: Any) -> None:
        """Wake `publish`; skipped when the item was refused again."""
        from kintsugi import wake_ups
        from kintsugi.records import Partition

        if after["state"] == "held":
            raise AirflowSkipException(f"refused again: {after['got']}")
        with bridge.opened() as platform:
            partition = Partition.key_of(after["source"], after["partition"])
            bridge.wake(platform, wake_ups.PUBLISH, outlet_events[RECORDS], partition, context)

    announce(read_again())


release()
