"""From a laptop to real servers and back: the same truth, the same index, nothing embedded."""

import json
import os
import re
import subprocess
import sys
import time

import httpx
import pytest
from pymongo import MongoClient

from kintsugi.errors import ConfigurationError, TerminalError
from kintsugi.index.dump import dump
from kintsugi.laptop.checks_engines import asked_engines, checks_of_the_engines, require_engines
from kintsugi.migrate.run import mark_path, run_migration
from kintsugi.platform import Platform, open_platform
from kintsugi.records import Document, Lease
from kintsugi.retrieval.answer import ask
from kintsugi.settings import load_settings
from kintsugi.stores.binding import note_path
from kintsugi.stores.owner import Owner
from kintsugi.stores.search import Scope
from tests.builders import HashEmbedder
from tests.healing.conftest import Killed
from tests.index.corpus import store
from tests.migrate.conftest import contents

QUESTION = "What does runbook 7 say?"


@pytest.fixture
def elsewhere(settings, mongo_server, mongo_database, opensearch_node, index_prefix):
    return load_settings(
        {
            "KINTSUGI_HOME": str(settings.home),
            "KINTSUGI_MONGO__URI": mongo_server.uri,
            "KINTSUGI_MONGO__DATABASE": mongo_database,
            "KINTSUGI_OPENSEARCH__URL": opensearch_node.url,
            "KINTSUGI_OPENSEARCH__PREFIX": index_prefix,
        }
    )


def answer(platform: Platform) -> dict:
    return ask(platform, QUESTION, Scope()).to_dict()


def test_there_and_back_gives_the_same_dump_and_the_same_answers(source, elsewhere, clock):
    Owner(lambda: source.records).made()  # the move does so: the only thing that it adds to the source
    before, records, answered = dump(source), contents(source, time.time()), answer(source)
    _, migrated = run_migration(elsewhere, "engines")
    assert migrated.embedded == 0
    assert note_path(elsewhere).exists()
    assert not mark_path(elsewhere).exists()
    there = open_platform(elsewhere).using(embedder=HashEmbedder())
    assert dump(there) == before
    assert answer(there) == answered
    there.close()
    taken, _ = run_migration(elsewhere, "embedded")
    assert not note_path(elsewhere).exists()
    back = Platform(taken.target, clock).using(embedder=HashEmbedder())
    assert dump(back) == before
    assert contents(back, time.time()) == records
    assert answer(back) == answered
    assert list(elsewhere.var.glob("set-aside/*/records.sqlite")), "the old copy was kept, out of the way"
    back.close()


def test_killed_with_signal_9_the_same_command_completes_it(source, elsewhere, run_migrate):
    before = dump(source)
    begun = run_migrate()
    while not mark_path(elsewhere).exists():
        assert begun.poll() is None, "it ended before it had begun to copy"
        time.sleep(0.001)
    begun.kill()
    begun.wait()
    assert not note_path(elsewhere).exists(), "the platform still belongs to the embedded engines"
    assert dump(source) == before
    again = run_migrate("--json")
    told = json.loads(again.communicate()[0])
    assert (told["moved"], told["embedded"]) == (["records", "index"], 0)
    there = open_platform(elsewhere)
    assert dump(there) == before
    there.close()
    assert not mark_path(elsewhere).exists()


def killed_before(step: str, elsewhere, monkeypatch) -> None:
    """Run a migration that dies when it comes to this step of `kintsugi.migrate.run`."""

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(f"kintsugi.migrate.run.{step}", killed)
        with pytest.raises(Killed):
            run_migration(elsewhere, "engines")


def test_while_a_migration_is_unfinished_nobody_else_opens_what_it_fills(source, elsewhere, monkeypatch, tmp_path):
    killed_before("bind", elsewhere, monkeypatch)
    worker = elsewhere.model_copy(update={"var": tmp_path / "worker"})
    with pytest.raises(ConfigurationError, match="held by a migration"):
        open_platform(worker)
    run_migration(elsewhere, "engines")
    opened = open_platform(worker)
    assert opened.records.count(Document) == source.records.count(Document)
    opened.close()


def test_a_writer_that_had_opened_the_target_before_is_seen_by_its_lease(source, elsewhere, monkeypatch):
    early = Platform(elsewhere)
    early.records.delete(Lease, ["none"])  # the first write claims the database

    killed_before("bind", elsewhere, monkeypatch)
    lease = Lease(id="ingest/x", holder="worker", epoch=3, expires_at=early.records.now() + 600)
    early.records.put([lease])
    with pytest.raises(TerminalError, match="ingest/x is being worked on"):
        run_migration(elsewhere, "engines")
    assert early.records.get(Lease, "ingest/x") is not None
    early.close()


def test_killed_between_the_switch_and_its_end_the_next_command_lets_the_records_go(source, elsewhere, monkeypatch):
    killed_before("let_go", elsewhere, monkeypatch)
    with pytest.raises(ConfigurationError, match="nothing to move"):
        run_migration(elsewhere, "engines")
    assert not mark_path(elsewhere).exists()
    opened = open_platform(elsewhere)
    assert opened.records.count(Document) == source.records.count(Document)
    opened.close()


def test_what_was_moved_back_is_opened_by_nobody_any_more(source, elsewhere, tmp_path):
    run_migration(elsewhere, "engines")
    run_migration(elsewhere, "embedded")
    with pytest.raises(ConfigurationError, match="held by a migration"):
        open_platform(elsewhere.model_copy(update={"var": tmp_path / "worker"}))


def test_moving_to_ones_own_older_copy_once_more_is_refused_as_that_and_works_as_it_says(
    source, elsewhere, mongo_server, opensearch_node, clock
):
    run_migration(elsewhere, "engines")
    run_migration(elsewhere, "embedded")
    embedded = Platform(load_settings({"KINTSUGI_HOME": str(elsewhere.home)}), clock)
    store(embedded, "000.md", ["Written since the move."])
    with pytest.raises(ConfigurationError, match=r"held by a migration.*name another mongo\.database"):
        run_migration(elsewhere, "engines")
    mark_path(elsewhere).unlink(missing_ok=True)
    with MongoClient(mongo_server.uri) as client:
        database = client[elsewhere.mongo.database]
        database["kintsugi_meta"].update_one({"_id": "kintsugi"}, {"$unset": {"migration": ""}})
        embedded.records.delete(Document, [next(iter(embedded.records.scan(Document))).id])
        with pytest.raises(TerminalError, match="own older copy, from an earlier move") as refused:
            run_migration(elsewhere, "engines")
        assert f"mongosh '{mongo_server.uri}/{elsewhere.mongo.database}'" in refused.value.next_step
        assert "curl -X DELETE" in refused.value.next_step
        client.drop_database(elsewhere.mongo.database)
    with pytest.raises(TerminalError, match="has indexes of this platform") as refused:
        run_migration(elsewhere, "engines")
    assert "mongosh" not in refused.value.next_step
    url = re.search(r"curl -X DELETE '(.*?)'", refused.value.next_step)[1]
    httpx.delete(url, timeout=30).raise_for_status()
    run_migration(elsewhere, "engines")
    embedded.close()


def test_a_target_with_newer_records_of_this_platform_is_never_called_an_older_copy(
    source, elsewhere, mongo_server, clock
):
    run_migration(elsewhere, "engines")
    there = open_platform(elsewhere)
    newest = next(iter(there.records.latest(Document, "changed_at", limit=1)))
    there.records.put([newest.but(changed_at=newest.changed_at + 60)])
    there.close()
    note_path(elsewhere).unlink()
    assert elsewhere.records_path.exists()
    with pytest.raises(TerminalError, match="own records, newer than those here") as refused:
        run_migration(elsewhere, "engines")
    assert "dropDatabase" not in str(refused.value)


def test_a_lease_at_the_source_leaves_the_old_copy_where_it_is(source, elsewhere):
    run_migration(elsewhere, "engines")
    there = open_platform(elsewhere)
    there.records.put([Lease(id="ingest/x", holder="worker", epoch=3, expires_at=there.records.now() + 600)])
    with pytest.raises(TerminalError, match="ingest/x is being worked on"):
        run_migration(elsewhere, "embedded")
    there.close()
    assert elsewhere.records_path.exists()
    assert not (elsewhere.var / "set-aside").exists()


@pytest.fixture
def run_migrate(elsewhere):
    """Return a function that starts `kintsugi migrate` in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KINTSUGI_")}
    environment |= {
        "KINTSUGI_HOME": str(elsewhere.home),
        "KINTSUGI_MONGO__URI": elsewhere.mongo.uri,
        "KINTSUGI_MONGO__DATABASE": elsewhere.mongo.database,
        "KINTSUGI_OPENSEARCH__URL": elsewhere.opensearch.url,
        "KINTSUGI_OPENSEARCH__PREFIX": elsewhere.opensearch.prefix,
    }

    def run(*arguments: str) -> "subprocess.Popen[bytes]":
        argv = [sys.executable, "-m", "kintsugi.cli.main", "migrate", *arguments]
        return subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE)

    return run


def test_the_doctor_lists_what_real_engines_offer(elsewhere):
    asked = asked_engines(elsewhere)
    assert [(each.engine, each.error) for each in asked] == [("MongoDB", ""), ("OpenSearch", "")]
    assert all(each.capabilities for each in asked)
    assert [each.verdict for each in checks_of_the_engines(elsewhere, asked)] == ["ok", "ok", "ok"]
    require_engines(elsewhere)
