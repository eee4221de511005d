"""The assets that connect the DAGs. Their events are wake-ups; what there is to do is always read from the records."""

from airflow.sdk import Asset, AssetWatcher

from kintsugi.settings import load_settings
from kintsugi.sources.config import SourceConfig
from kintsugi.sources.kind import place
from kintsugi_airflow.triggers import InboxTrigger

RECORDS = Asset("kintsugi_records", uri="kintsugi://records")
"""Documents changed; `publish` listens. Events carry the partition key."""

TRAJECTORIES = Asset("kintsugi_trajectories", uri="kintsugi://trajectories")
"""Runs or healing episodes ended; `refine` listens."""


def arrivals(config: SourceConfig) -> Asset:
    """Return the asset of a folder that is watched: each settled change of it is an event."""
    folder = place(load_settings(), config.options["path"])
    return Asset(
        f"kintsugi_{config.name}",
        uri=f"kintsugi://{config.name}",
        watchers=[AssetWatcher(name=f"{config.name}_folder", trigger=InboxTrigger(folder=folder))],
    )
