"""The assets that connect the DAGs. Their events are wake-ups; what there is to do is always read from the records."""

from airflow.sdk import Asset, AssetWatcher

from kintsugi.settings import load_settings
from kintsugi_airflow.triggers import InboxTrigger

RECORDS = Asset("kintsugi_records", uri="kintsugi://records")
"""Documents changed; `publish` listens. Events carry the partition key."""

TRAJECTORIES = Asset("kintsugi_trajectories", uri="kintsugi://trajectories")
"""Runs or healing episodes ended; `refine` listens."""


def inbox() -> Asset:
    """Return the inbox asset, watched: each settled change of the folder is an event."""
    return Asset(
        "kintsugi_inbox",
        uri="kintsugi://inbox",
        watchers=[AssetWatcher(name="inbox_folder", trigger=InboxTrigger(folder=str(load_settings().inbox)))],
    )
