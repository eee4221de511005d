"""From a laptop to real servers and back: the same truth, the same index, nothing embedded."""

import json
import os
import subprocess
import sys
import time

import pytest

from kintsugi.index.dump import dump
from kintsugi.laptop.checks_engines import asked_engines, checks_of_the_engines, require_engines
from kintsugi.migrate.run import mark_path, run_migration
from kintsugi.platform import Platform, open_platform
from kintsugi.retrieval.answer import ask
from kintsugi.settings import load_settings
from kintsugi.stores.binding import note_path
from kintsugi.stores.search import Scope
from tests.builders import HashEmbedder
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
