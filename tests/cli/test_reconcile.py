"""`kintsugi reconcile` on the command line."""

import json

import pytest
from typer.testing import CliRunner

from kintsugi.cli.main import app
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, Suspect
from kintsugi.settings import load_settings
from tests.builders import RUN, HashEmbedder
from tests.healing.conftest import lose, seed, snapshot


@pytest.fixture
def served_home(tmp_path, monkeypatch):
    """A home with a published corpus, its documents older than its watermark."""
    monkeypatch.setenv("KINTSUGI_HOME", str(tmp_path))
    monkeypatch.setenv("KINTSUGI_HEALING__GRACE", "0")
    platform = Platform(load_settings()).using(embedder=HashEmbedder())
    seed(platform)
    publish(platform, RUN)
    yield platform
    platform.close()


def reconcile(*options):
    result = CliRunner().invoke(app, ["reconcile", *options])
    return result.exit_code, result.stdout, result.stderr


def test_equal_sides_are_said_to_be_equal(served_home):
    code, out, _ = reconcile()
    assert code == 0
    assert "The index shows what the records say." in out


def test_index_count_finds_wrong_what_reconcile_finds_wrong(served_home):
    head = next(served_home.records.scan(Document))
    now = served_home.records.now()
    dead = [each.but(live=False) for each in served_home.records.scan(Chunk, {"document": head.id})]
    served_home.records.put(dead)
    served_home.records.put([head.but(deleted_at=now, changed_at=now)])
    counted = CliRunner().invoke(app, ["index", "count", "--json"])
    values = json.loads(counted.stdout)
    assert [values[kind] for kind in ("missing", "stale", "orphaned", "unpublished_documents")] == [0, 0, 0, 1]
    assert (counted.exit_code, reconcile("--dry-run")[0]) == (0, 0)
    lose(served_home, 3)
    counted = CliRunner().invoke(app, ["index", "count", "--json"])
    assert (counted.exit_code, json.loads(counted.stdout)["missing"]) == (1, 3)


def test_a_dry_run_exits_with_1_when_there_is_something_to_do_and_does_nothing(served_home):
    lose(served_home, 3)
    before = snapshot(served_home)
    code, out, _ = reconcile("--dry-run", "--json")
    values = json.loads(out)
    assert (code, values["missing"], values["left"], values["writes"]) == (1, 3, 3, 0)
    assert snapshot(served_home) == before
    assert served_home.records.count(Suspect) == 0
    assert "Without --dry-run, 3 entries would be repaired." in reconcile("--dry-run")[1]


def test_what_drifted_is_repaired_and_shown(served_home):
    before = snapshot(served_home)
    lose(served_home, 3)
    code, out, _ = reconcile("--json")
    values = json.loads(out)
    assert (code, values["repaired"], values["equal"]) == (0, 3, True)
    assert snapshot(served_home) == before
    code, out, _ = reconcile()
    assert code == 0
    assert "writes" in out


def test_a_great_loss_needs_force(served_home):
    lose(served_home, 40)
    code, _, error = reconcile()
    assert code == 1
    assert "more of it has drifted than is repaired without a person" in error
    assert "it needs --force" in reconcile("--dry-run")[1]
    assert reconcile("--force")[0] == 0


def test_a_generation_that_does_not_exist_is_named(served_home):
    code, _, error = reconcile("--generation", "nope")
    assert code == 1
    assert "generation nope: unknown" in error
