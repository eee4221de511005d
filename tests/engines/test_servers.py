"""How the engines live and die, and what they answer as."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import psutil
import pymongo
import pytest
from pymongo.errors import OperationFailure

from tests.engines.build import MONGO, ROOT
from tests.engines.servers import Server, SharedServers
from tests.engines.servers import mongo_server as own_mongo_server

HOLDER = """
import time
from tests.engines.servers import mongo_server
with mongo_server() as server:
    print(server.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def client(mongo_server: Server):
    with pymongo.MongoClient(mongo_server.uri) as client:
        yield client


def test_the_node_is_a_genuine_opensearch_with_vector_and_hybrid_search(opensearch_node: Server) -> None:
    said = httpx.get(opensearch_node.url).json()
    assert (said["version"]["distribution"], said["version"]["number"]) == ("opensearch", "2.19.1")
    nodes = httpx.get(f"{opensearch_node.url}/_nodes/plugins").json()["nodes"].values()
    plugins = {plugin["classname"].rsplit(".", 1)[1] for node in nodes for plugin in node["plugins"]}
    assert {"KNNPlugin", "NeuralSearch"} <= plugins


def test_the_mongo_server_says_its_time_and_that_it_is_no_replica_set(client) -> None:
    hello = client.admin.command("hello")
    assert hello["localTime"] is not None
    assert (hello["maxWireVersion"], hello["isWritablePrimary"], "setName" in hello) == (13, True, False)


def test_the_mongo_server_refuses_transactions_and_logins_as_a_standalone_does(client, mongo_server) -> None:
    with client.start_session() as session, pytest.raises(OperationFailure) as refused, session.start_transaction():
        client["any"]["things"].insert_one({}, session=session)
    assert refused.value.code == 20
    other = pymongo.MongoClient(mongo_server.uri, username="u", password="wrong")
    with other, pytest.raises(OperationFailure) as denied:
        other.admin.command("ping")
    assert denied.value.code == 18


@pytest.mark.parametrize(("ordered", "written"), [(True, 1), (False, 2)])
def test_the_mongo_server_counts_what_was_inserted_beside_a_duplicate(client, mongo_database, ordered, written) -> None:
    documents = [{"_id": 1}, {"_id": 1}, {"_id": 2}]
    with pytest.raises(pymongo.errors.BulkWriteError) as failed:
        client[mongo_database]["things"].insert_many(documents, ordered=ordered)
    assert failed.value.details["nInserted"] == written == client[mongo_database]["things"].count_documents({})


def test_a_change_stream_can_be_followed(client, mongo_database) -> None:
    things = client[mongo_database]["things"]
    things.insert_one({"_id": 0})
    with things.watch(max_await_time_ms=100) as stream:
        things.insert_one({"_id": 1})
        assert next(stream)["documentKey"] == {"_id": 1}


@pytest.mark.engines
@pytest.mark.usefixtures("mongo_server")  # skips where no engine runs
def test_a_holder_that_is_killed_leaves_no_engine_behind() -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with holder, holder.stdout as said:
        engine = psutil.Process(int(said.readline()))
        os.kill(holder.pid, signal.SIGKILL)
        gone, _ = psutil.wait_procs([engine], timeout=30)
    assert gone == [engine]


@pytest.mark.usefixtures("mongo_server")
def test_all_that_ask_at_once_get_the_same_server_and_it_ends_with_the_run(tmp_path: Path) -> None:
    run = SharedServers(tmp_path / "run")
    run.folder.mkdir()
    run.hold()
    found: list[Server] = []
    asking = [threading.Thread(target=lambda: found.append(SharedServers(run.folder).get(MONGO))) for _ in range(3)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    run.release()
    assert len(found) == 3
    assert len(set(found)) == 1
    assert not psutil.pid_exists(found[0].pid)


@pytest.mark.usefixtures("mongo_server")
def test_an_engine_that_ends_while_it_starts_says_why() -> None:
    with pytest.raises(RuntimeError, match="NumberFormatException"), own_mongo_server("no version"):
        pass


@pytest.mark.usefixtures("mongo_server")
def test_an_old_server_can_be_had() -> None:
    with own_mongo_server("3.6.23", 6) as old, pymongo.MongoClient(old.uri) as client:
        refused = pytest.raises(pymongo.errors.ConfigurationError, match="wire version 6")
        with refused:
            client.admin.command("ping")
