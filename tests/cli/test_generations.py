"""`kintsugi generations` as a person calls it."""

import json

import pytest
from typer.testing import CliRunner

from kintsugi.cli.main import app
from kintsugi.index.generations import changed, serving
from kintsugi.index.publish import build, publish
from kintsugi.platform import Platform
from kintsugi.records import Generation
from tests.builders import RUN
from tests.index.crashing import opened, seed_few


@pytest.fixture
def served(settings, clock, monkeypatch):
    """Two generations of the same settings, and the commands working on them."""
    platform = opened(settings.var, settings, clock)
    seed_few(platform)
    clock.advance(1000)
    publish(platform, RUN)
    clock.advance(1000)
    build(platform, RUN)
    clock.advance(1000)
    monkeypatch.setattr("kintsugi.platform.open_platform", lambda: Borrowed(platform))
    yield platform
    platform.close()


class Borrowed:
    """The test's platform, which the command must not close."""

    def __init__(self, platform):
        self._platform = platform

    def __getattr__(self, name):
        return getattr(self._platform, name)

    def close(self) -> None:
        pass


def run(*arguments: str, code: int = 0):
    ran = CliRunner().invoke(app, ["generations", *arguments])
    assert ran.exit_code == code, ran.output
    return ran


def as_json(*arguments: str) -> dict:
    return json.loads(run(*arguments, "--json").stdout)


def names(platform) -> dict[str, str]:
    return {each.state: each.id for each in platform.records.scan(Generation)}


def test_the_list_has_what_there_is_to_know(served):
    rows = as_json("list")["generations"]
    assert [row["state"] for row in rows] == ["serving", "previous"]
    assert rows[0]["generation"] == serving(served.records).id
    assert rows[0]["served_since"] == served.clock() - 1000
    assert {row["entries"] for row in rows} == {8}
    shown = run("list").stdout
    assert "serving" in shown
    assert rows[0]["generation"] in shown
    assert "17 min" in shown, "1000 seconds, as people say it"


def test_an_index_of_nobody_is_named(served):
    served.index.create("stranger", 4)
    assert as_json("list")["strangers"] == ["stranger"]
    assert "stranger" in run("list").stdout


def test_rollback_promote_and_drop_do_what_they_say(served):
    first, second = names(served)["previous"], names(served)["serving"]
    assert as_json("rollback") == {"generation": first, "flipped": True, "holds_what_is_set": True}
    assert serving(served.records).id == first
    assert as_json("promote", second) == {"generation": second, "flipped": True}
    assert "is served already" in run("promote", second).stdout
    run("drop", second, "--force", code=1)
    run("drop", first, code=1)
    assert as_json("drop", first, "--force") == {"generation": first, "dropped": True}
    assert first not in served.index.names()


def test_a_build_says_what_it_did_and_what_the_gate_said(served):
    made = as_json("build")
    assert (made["flipped"], made["written"], made["embedded"]) == (True, 8, 0)
    assert serving(served.records).id == made["generation"]
    shown = run("build").stdout
    assert "It is served from now on" in " ".join(shown.split())
    assert "The golden gate: promote" in shown


def test_a_build_that_is_not_served_is_an_error_with_its_reason(served, monkeypatch):
    strict = served.settings.generations.model_copy(update={"gate_fewest": 1000})
    settings = served.settings.model_copy(update={"generations": strict})
    platform = Platform(settings, served.clock).using(
        records=served.records, index=served.index, embedder=served.embedder
    )
    monkeypatch.setattr("kintsugi.platform.open_platform", lambda: Borrowed(platform))
    shown = run("build", code=1).stdout
    assert "It is not served" in " ".join(shown.split())
    assert "The golden gate: hold" in shown
    assert json.loads(run("build", "--json", code=1).stdout)["flipped"] is False


def test_what_the_gate_rejected_is_shown_side_by_side(served):
    name = names(served)["previous"]
    worst = {
        "query": "why did it fire",
        "before": {"rank": 1, "titles": ["the right one"]},
        "after": {"rank": None, "titles": ["another"]},
    }
    gate = {"ruling": "reject", "reason": "worse", "numbers": {}, "worst": [worst], "before": "g-1"}
    changed(served.records, name, lambda each: each.but(state="ready", gate=gate, verdict="reject: worse"))
    shown = run("show", name).stdout
    for word in ("reject: worse", "why did it fire", "found at 1", "the right one", "not found", "another"):
        assert word in shown
    assert as_json("show", name)["gate"]["worst"] == [worst]


def test_an_unknown_generation_is_an_error_in_words(served):
    assert "g9: unknown" in run("show", "g9", code=1).output


def test_before_anything_is_published_the_list_says_what_to_do(settings, clock, monkeypatch):
    platform = opened(settings.var, settings, clock)
    monkeypatch.setattr("kintsugi.platform.open_platform", lambda: Borrowed(platform))
    assert as_json("list") == {"generations": [], "strangers": []}
    assert "kintsugi ingest PATH" in run("list").stdout
    platform.close()
