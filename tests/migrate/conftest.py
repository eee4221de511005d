"""Platforms to move: one that knows something of everything, and an empty one to move it to."""

from pathlib import Path
from typing import Any

import pytest

from kintsugi.index.publish import publish
from kintsugi.migrate.digests import digest_of
from kintsugi.platform import Platform
from kintsugi.records import RECORDS, Chunk, Document, Generation, Lease, Pointer, Suspect
from tests.builders import RUN, HashEmbedder
from tests.healing.conftest import seed
from tests.index.corpus import bury
from tests.stores.samples import every_class

NOT_SAMPLED = (Document, Chunk, Generation, Pointer, Lease)
"""Classes of which the fixture has records that mean something together."""


class NoModel:
    """Stands where the embedder would be: a migration that asks it anything fails."""

    @property
    def fingerprint(self) -> Any:
        raise AssertionError("the model was asked who it is")

    def embed(self, texts: Any) -> Any:
        raise AssertionError("the model was asked to embed")

    embed_queries = embed


@pytest.fixture
def source(platform, clock) -> Platform:
    """A platform with two generations, tombstones, and a record of every class."""
    platform.records.put(each for each in every_class() if type(each) not in NOT_SAMPLED)
    platform.records.put([Lease(id="incident/0", holder="", epoch=7, expires_at=0.0)])
    platform.records.put([Suspect(id="fresh", target="g", item="c", first_seen=clock())])
    seed(platform)
    bury(platform, "000.md")
    clock.advance(1000)
    publish(platform.using(embedder=HashEmbedder(dimension=32, model="old")), RUN)
    clock.advance(1000)
    publish(platform, RUN)
    assert sorted(each.state for each in platform.records.scan(Generation)) == ["previous", "serving"]
    return platform


@pytest.fixture
def target(settings, clock, tmp_path):
    opened = at(settings, tmp_path / "target", clock)
    yield opened
    opened.close()


def at(settings, var: Path, clock) -> Platform:
    return Platform(settings.model_copy(update={"var": var}), clock).using(embedder=NoModel())


def contents(platform: Platform, at: float | None = None) -> dict[str, Any]:
    now = platform.records.now() if at is None else at
    return {kind.collection: digest_of(platform.records, kind, now) for kind in RECORDS}
