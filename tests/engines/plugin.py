"""pytest's side of the engines: fixtures, marks, and what happens where an engine cannot run.

``KINTSUGI_TEST_ENGINES``: ``required`` makes a missing engine a failure, ``off`` skips without trying.
"""

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.build import MONGO, OPENSEARCH, Engine, EngineUnavailable
from tests.engines.servers import Server, SharedServers

MODE = "KINTSUGI_TEST_ENGINES"
MONGOD = "KINTSUGI_TEST_MONGODB_URI"
FIXTURES = frozenset({"mongo_server", "opensearch_node"})
SHARED = pytest.StashKey[SharedServers]()
SKIPPED = "ENGINE NOT TESTED"


def pytest_configure(config: pytest.Config) -> None:
    """The first process of the run holds the engines; a worker is told where they are."""
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        config.stash[SHARED] = SharedServers(Path(worker["engines"]))
        return
    shared = SharedServers(Path(tempfile.mkdtemp(prefix="kintsugi-engines-")))
    shared.hold()
    config.stash[SHARED] = shared


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell an xdist worker where the run's engines are."""
    node.workerinput["engines"] = str(node.config.stash[SHARED].folder)  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this process holds."""
    if SHARED in config.stash:
        config.stash[SHARED].release()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses an engine, before ``-m`` chooses; skip what wants a replica set that is not there."""
    for item in items:
        if not FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.engines)
        if item.get_closest_marker("needs_mongod") and not os.environ.get(MONGOD):
            item.add_marker(pytest.mark.skip(reason=f"needs a replica set: set {MONGOD} to its address"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it loudly when tests were skipped for want of an engine."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if SKIPPED in str(report.longrepr)]
    if skipped:
        terminalreporter.section(f"{len(skipped)} TESTS SKIPPED: A REAL ENGINE COULD NOT BE STARTED", red=True)
        for reason in sorted({str(report.longrepr[2]) for report in skipped}):
            terminalreporter.write_line(reason)


@pytest.fixture(scope="session")
def mongo_server(pytestconfig: pytest.Config) -> Server:
    """The run's MongoDB-wire server; write into the database that `mongo_database` names."""
    return _started(pytestconfig, MONGO)


@pytest.fixture(scope="session")
def opensearch_node(pytestconfig: pytest.Config) -> Server:
    """The run's OpenSearch node; name indexes and aliases with `index_prefix`."""
    return _started(pytestconfig, OPENSEARCH)


@pytest.fixture
def mongo_database(mongo_server: Server) -> Iterator[str]:
    """The name of a database that no other test uses; dropped afterwards."""
    from pymongo import MongoClient

    name = f"test_{uuid.uuid4().hex[:12]}"
    yield name
    with MongoClient(mongo_server.uri, serverSelectionTimeoutMS=10_000) as client:
        client.drop_database(name)


@pytest.fixture
def index_prefix(opensearch_node: Server) -> Iterator[str]:
    """A prefix for indexes and aliases that no other test uses; what it begins is removed afterwards."""
    import httpx

    prefix = f"test{uuid.uuid4().hex[:12]}"
    yield prefix
    httpx.delete(f"{opensearch_node.url}/{prefix}*", timeout=30).raise_for_status()


def _started(config: pytest.Config, engine: Engine) -> Server:
    mode = os.environ.get(MODE, "")
    if mode == "off":
        pytest.skip(f"{SKIPPED}: {engine.name}: {MODE} is off")
    try:
        return config.stash[SHARED].get(engine)
    except EngineUnavailable as error:
        missing = str(error)
    if mode == "required":
        pytest.fail(f"{engine.name} is required and cannot run: {missing}", pytrace=False)
    pytest.skip(f"{SKIPPED}: {engine.name}: {missing}")
