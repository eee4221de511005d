"""Whatever is dropped into the inbox folder."""

from airflow.sdk import dag

from kintsugi_airflow.assets import inbox
from kintsugi_airflow.ingest import DEFAULTS, ingest_tasks


@dag(schedule=[inbox()], catchup=False, max_active_runs=1, default_args=DEFAULTS, tags=["kintsugi", "ingest"])
def ingest_inbox() -> None:
    """
    ### Inbox → records

    Starts within seconds of a file or folder arriving in `var/inbox/` (an asset watcher looks every second and waits
    until copying has ended). Markdown, reStructuredText, text, logs, HTML, PDF, CSV, JSON and JSONL; anything else, and
    anything that can't be read, is quarantined with the reason, and the rest goes on. Removing a file removes its
    answers.

    **When nothing happens** after a drop: is this DAG paused? Is the triggerer healthy (`kintsugi status`)?

    **When `recount` is red**: more than half of the files vanished at once, so the partition is held and nothing is
    deleted. Are they meant to be gone? Trigger this DAG with the configuration `{"accept_loss": true}`.

    **When a file is missing from the answers**: `kintsugi quarantine list` says which check refused it and what to do.
    """
    ingest_tasks("inbox", partition="all")


ingest_inbox()
