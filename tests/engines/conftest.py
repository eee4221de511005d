"""Platforms on the engines of the run."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kintsugi.platform import Platform
from tests.engines.platforms import Real, platform_on
from tests.engines.servers import Server

pytest.register_assert_rewrite("tests.engines.life", "tests.engines.completed")

Opener = Callable[..., Platform]


@pytest.fixture
def real(mongo_server: Server, mongo_database: str, opensearch_node: Server, index_prefix: str) -> Real:
    """A database and a prefix of one's own on the run's engines."""
    return Real(mongo_server.uri, mongo_database, opensearch_node.url, index_prefix)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    """Opens platforms, each in a folder of its own, and closes them."""
    made: list[Platform] = []

    def opening(engines: Real, **settings: Any) -> Platform:
        made.append(platform_on(engines, tmp_path / str(len(made)), **settings))
        return made[-1]

    yield opening
    for each in made:
        each.close()
