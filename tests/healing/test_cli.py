"""`kintsugi incidents` and `kintsugi heal`, as a person types them."""

import json

import pytest
import typer
from structlog.testing import capture_logs
from typer.testing import CliRunner

from kintsugi.cli.healing import heal, incidents
from kintsugi.healing.sweep import sweep
from kintsugi.records import Incident, Repair
from tests.builders import RUN
from tests.healing.conftest import lose, snapshot


@pytest.fixture
def kintsugi(corpus, monkeypatch):
    """Run a command on the platform of the fixture, in its own process's terms: everything from the environment."""
    monkeypatch.setenv("KINTSUGI_HOME", str(corpus.settings.home))
    monkeypatch.setenv("KINTSUGI_HEALING__GRACE", "0")
    monkeypatch.setenv("COLUMNS", "160")
    app = typer.Typer()
    app.command()(incidents)
    app.command()(heal)

    def run(*words):
        with capture_logs():
            return CliRunner().invoke(app, words, catch_exceptions=False)

    return run


def test_a_platform_without_faults_says_so_and_does_nothing(corpus, kintsugi):
    assert "No open incidents" in kintsugi("incidents").stdout
    healed = kintsugi("heal")
    assert "Nothing is wrong; nothing was done" in healed.stdout
    assert healed.exit_code == 0
    assert corpus.records.count(Incident) == 0


def test_heal_finds_what_is_wrong_and_heals_it(corpus, kintsugi):
    before = snapshot(corpus)
    lose(corpus, 4)
    answer = json.loads(kintsugi("heal", "--json").stdout)
    assert [each["state"] for each in answer["incidents"]] == ["resolved"]
    assert snapshot(corpus) == before
    assert json.loads(kintsugi("incidents", "--json").stdout) == {"incidents": []}
    (shown,) = json.loads(kintsugi("incidents", "--json", "--all").stdout)["incidents"]
    assert shown["outcome"] == "4 entries restored"


def test_a_dry_run_says_what_would_be_done_and_does_nothing(corpus, kintsugi):
    lose(corpus, 4)
    damaged = snapshot(corpus)
    (row,) = json.loads(kintsugi("heal", "--dry-run", "--json").stdout)["dry_run"]
    assert row["would"][0].startswith("would write 4 missing entries")
    assert "upsert" not in kintsugi("heal", "--dry-run").stdout
    assert snapshot(corpus) == damaged
    assert corpus.records.count(Incident) == corpus.records.count(Repair) == 0


def test_what_is_over_budget_waits_until_it_is_approved(corpus, kintsugi, sleep):
    lose(corpus, 40)
    (incident,) = sweep(corpus, RUN, sleep=sleep)
    waiting = kintsugi("heal", incident.id)
    assert waiting.exit_code == 1
    assert "awaiting approval" in " ".join(waiting.stdout.split())
    approved = json.loads(kintsugi("heal", incident.id, "--approve", "--json").stdout)
    assert approved["incidents"][0]["state"] == "resolved"


def test_healing_that_stopped_on_an_error_can_be_repeated_at_once(corpus, kintsugi, sleep):
    lose(corpus, 4)
    (incident,) = sweep(corpus, RUN, sleep=sleep)
    from kintsugi.errors import StoreUnavailable
    from kintsugi.healing.heal import heal as heal_once
    from kintsugi.healing.orchestrator import InProcessOrchestrator

    class Broken:
        def digests(self, name):
            raise StoreUnavailable("index: locked")

    with pytest.raises(StoreUnavailable):
        heal_once(corpus.using(index=Broken()), incident.id, RUN, InProcessOrchestrator(corpus, RUN))
    assert kintsugi("heal", incident.id).exit_code == 0


def test_an_incident_that_another_run_holds_is_named_and_the_rest_is_healed(corpus, kintsugi, sleep, clock):
    import time

    from kintsugi.healing.lease import acquire, lease_name

    lose(corpus, 4)
    (incident,) = sweep(corpus, RUN, sleep=sleep)
    clock.now = time.time()
    acquire(corpus.records, lease_name(incident.id), "heal/heal__x__1", 60)
    answer = kintsugi("heal")
    assert answer.exit_code == 1
    assert "held by heal/heal__x__1" in " ".join(answer.stderr.split())


def test_incidents_that_are_not_resolved_are_shown_however_many_came_after_them(corpus, kintsugi, monkeypatch):
    monkeypatch.setattr("kintsugi.cli.healing.SHOWN_RESOLVED", 3)
    old = Incident(id="old", kind="missing-chunks", target="g", opened_at=1.0, changed_at=1.0)
    later = [old.but(id=f"later-{n}", state="resolved", opened_at=2.0 + n, closed_at=3.0 + n) for n in range(205)]
    corpus.records.put([old, *later])
    shown = json.loads(kintsugi("incidents", "--json").stdout)["incidents"]
    assert [each["id"] for each in shown] == ["old"]
    shown = json.loads(kintsugi("incidents", "--json", "--all").stdout)["incidents"]
    assert [each["id"] for each in shown] == ["later-204", "later-203", "later-202", "old"]


def test_an_incident_may_be_named_by_the_beginning_of_its_id(corpus, kintsugi, sleep):
    lose(corpus, 2)
    (incident,) = sweep(corpus, RUN, sleep=sleep)
    answer = json.loads(kintsugi("heal", incident.id[:6], "--json").stdout)
    assert [(each["id"], each["state"]) for each in answer["incidents"]] == [(incident.id, "resolved")]
