"""`kintsugi patterns outcome` on a real store: runs that contradict themselves, and a person's word."""

import json
import os

import pytest
from typer.testing import CliRunner

import kintsugi.platform as platform_module
from kintsugi.cli.patterns import patterns_app
from kintsugi.errors import TerminalError
from kintsugi.expertise.gather import store
from kintsugi.records import StoredTrajectory
from kintsugi.sources.agents.run import trajectory_id
from kintsugi.sources.registry import open_source
from tests.cli.test_quarantine import SharedPlatform
from tests.sources.agent_runs import steps_run


@pytest.fixture
def run_cli(platform, settings, monkeypatch):
    monkeypatch.setenv("KINTSUGI_HOME", str(settings.home))
    monkeypatch.setattr(platform_module, "open_platform", lambda: SharedPlatform(platform))

    def run(*arguments: str, exit_code: int = 0) -> str:
        result = CliRunner(env={"COLUMNS": "40"}).invoke(patterns_app, ["outcome", *arguments], catch_exceptions=False)
        assert result.exit_code == exit_code, result.output
        return result.stdout

    return run


@pytest.fixture
def told(platform):
    """Take in agents' runs of two sources; of one name each, told at one time."""
    path = platform.settings.home / "include" / "sources.yaml"
    path.parent.mkdir(exist_ok=True)
    entries = "\n".join(f"  {name}: {{kind: trajectories, options: {{path: {name}}}}}" for name in ("runs", "others"))
    path.write_text(f"sources:\n{entries}\n")

    def take_in(source: str, *runs: dict) -> None:
        folder = platform.settings.home / source
        folder.mkdir(exist_ok=True)
        file = folder / "a.jsonl"
        file.write_text("".join(f"{json.dumps(each)}\n" for each in runs))
        os.utime(file, (1000.0, 1000.0))
        store(platform.records, source, open_source(platform, source).trajectories("all"))

    return take_in


def success(platform, source: str, run: str) -> bool | None:
    return platform.records.get(StoredTrajectory, trajectory_id(source, run)).body["success"]


def test_a_run_is_named_by_the_id_that_its_file_gives_it(run_cli, platform, told):
    told("runs", steps_run("contra-1"), steps_run("contra-1", success=False), steps_run("clear"))
    assert success(platform, "runs", "contra-1") is None
    said = run_cli("contra-1", "--failed")
    assert ("contra-1 (" in said, "failed." in said) == (True, True)
    assert success(platform, "runs", "contra-1") is False
    assert success(platform, "runs", "clear") is True


def test_runs_that_contradict_themselves_are_listed_until_somebody_decides(run_cli, platform, told):
    told("runs", steps_run("contra-1"), steps_run("contra-1", success=False), steps_run("clear"))
    id = trajectory_id("runs", "contra-1")
    shown = run_cli()
    assert "1 run of which different outcomes were told at one time" in shown
    (line,) = (each for each in shown.splitlines() if "contra-1" in each)
    for part in ("t-7", "planner@v3", "from runs"):
        assert part in line
    listed = json.loads(run_cli("--json").splitlines()[-1])
    assert [each["run"] for each in listed["contradicted"]] == ["contra-1"]
    assert (listed["count"], [each["trajectory"] for each in listed["contradicted"]]) == (1, [id])
    run_cli(id[:12], "--succeeded")
    assert success(platform, "runs", "contra-1") is True
    assert "No run contradicts itself." in run_cli()


def test_a_name_that_several_sources_gave_is_refused_with_which_are_meant(run_cli, platform, told):
    told("runs", steps_run("r1"))
    told("others", steps_run("r1"))
    with pytest.raises(TerminalError, match="several are called so") as refused:
        run_cli("r1", "--failed")
    for source in ("runs", "others"):
        assert f"{trajectory_id(source, 'r1')}  of {source}" in refused.value.got
        assert success(platform, source, "r1") is True
    run_cli(trajectory_id("others", "r1"), "--failed")
    assert (success(platform, "runs", "r1"), success(platform, "others", "r1")) == (True, False)


@pytest.mark.parametrize("arguments", [("r1",), ("--failed",)])
def test_a_word_needs_a_run_and_a_run_a_word(run_cli, platform, told, arguments):
    told("runs", steps_run("r1"))
    run_cli(*arguments, exit_code=2)
    assert success(platform, "runs", "r1") is True


def test_a_number_that_is_no_runs_name_finds_no_other_run(run_cli, platform, told):
    told("runs", *(steps_run(f"{number}") for number in range(20, 60)))
    for name in ("5", "0", "abcdef0"):
        with pytest.raises(TerminalError, match="none is called so"):
            run_cli(name, "--failed")
    assert {each.body["success"] for each in platform.records.scan(StoredTrajectory)} == {True}
