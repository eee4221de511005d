"""Asks every source whether it answers."""

from airflow.sdk import dag, task

from kintsugi.settings import load_settings
from kintsugi.sources.config import load_sources
from kintsugi_airflow import bridge
from kintsugi_airflow.ingest import DEFAULTS

found = load_sources(load_settings())
if found.errors:  # shown by Airflow as this file's import error; the sources that can be used run on in ingest.py
    raise found.errors[0]


@dag(schedule=None, catchup=False, max_active_runs=1, default_args=DEFAULTS, tags=["kintsugi", "ingest"])
def probe_sources() -> None:
    """
    ### Do the sources answer?

    One mapped task a source logs in and asks for nothing. **To try new credentials or a new entry in
    `include/sources.yaml`**: press *Trigger*; a red task says what is wrong.

    **When this file has an import error**: it names the line of `include/sources.yaml` that can't be used. The other
    sources run on.
    """

    @task
    def probe(source: str) -> None:
        """Return when the source answers."""
        with bridge.opened() as platform, bridge.opened_source(platform, source) as opened:
            opened.check()

    probe.expand(source=[each.name for each in found.sources.values() if each.enabled])


probe_sources()
