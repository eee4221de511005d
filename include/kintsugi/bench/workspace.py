"""A platform in a temporary place, for benchmarks: nothing of the user's is touched."""

from pathlib import Path

from kintsugi.embedding.connect import own_embedder
from kintsugi.platform import Platform
from kintsugi.records import RunRef
from kintsugi.settings import MongoSettings, OpenSearchSettings, Settings

RUN = RunRef(dag="bench", run_id="bench")


def workspace(settings: Settings, place: Path) -> Platform:
    """Return a platform with the user's settings, on embedded engines at ``place``; its model runs in this process."""
    there = settings.model_copy(
        update={"var": place, "inbox": place / "inbox", "mongo": MongoSettings(), "opensearch": OpenSearchSettings()}
    )
    return Platform(there).using(embedder=own_embedder(there))
