"""The same drift is found and repaired alike on embedded and on real engines."""

from collections.abc import Iterator

import pytest

from kintsugi.index.publish import publish
from kintsugi.index.reconciled import facts
from kintsugi.platform import Platform
from kintsugi.settings import MongoSettings, OpenSearchSettings
from tests.builders import RUN, HashEmbedder
from tests.healing.conftest import Killed, seed, served, snapshot
from tests.index.drifting import drift, failing_at, let_drift, run

BESIDE = ("seconds",)


@pytest.fixture
def real(settings, mongo_server, mongo_database, opensearch_node, index_prefix) -> Iterator[Platform]:
    """MongoDB's wire and an OpenSearch node, with the published corpus."""
    there = settings.model_copy(
        update={
            "mongo": MongoSettings(uri=mongo_server.uri, database=mongo_database),
            "opensearch": OpenSearchSettings(url=opensearch_node.url, prefix=index_prefix, timeout=30),
        }
    )
    platform = Platform(there).using(embedder=HashEmbedder())
    seed(platform)
    publish(platform, RUN)
    yield platform
    platform.close()


@pytest.fixture
def embedded(platform, clock) -> Platform:
    seed(platform)
    clock.advance(60)
    publish(platform, RUN)
    clock.advance(60)
    return platform


def test_embedded_and_real_engines_find_and_repair_the_same(real, embedded):
    whole = snapshot(embedded)
    assert snapshot(real) == whole
    outcomes = []
    for platform in (real, embedded):
        let_drift(platform, 3)
        first, second = facts(run(platform)), facts(run(platform))
        outcomes.append([{key: value for key, value in each.items() if key not in BESIDE} for each in (first, second)])
        assert snapshot(platform) == whole
        assert not drift(platform, served(platform))
    assert outcomes[0] == outcomes[1]
    assert (outcomes[0][0]["repaired"], outcomes[0][1]["writes"]) == (9, 0)


def test_killed_at_some_writes_on_real_engines_the_next_run_completes_it(real):
    whole = snapshot(real)
    for writes in (2, 5, 6, 8):
        let_drift(real, 2, seed=writes)
        with pytest.raises(Killed):
            run(failing_at(real, writes, Killed, before=writes % 2 == 0))
        assert run(real).equal
        assert snapshot(real) == whole
        assert run(real).writes == 0
