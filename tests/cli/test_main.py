"""The command as a person calls it: a process of its own."""

import json
import os
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from kintsugi.cli.lazy import load
from kintsugi.cli.main import Kintsugi, app
from kintsugi.errors import KintsugiError

HEAVY = ("pandas", "lancedb", "torch", "sentence_transformers", "great_expectations", "airflow", "numpy", "httpx")


@pytest.fixture
def kintsugi(settings):
    def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "KINTSUGI_HOME": str(settings.home), "NO_COLOR": "1", "COLUMNS": "200", **environ}
        argv = [sys.executable, "-c", "from kintsugi.cli.main import app; app()", *arguments]
        return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60)

    return run


def test_the_overview_names_every_command(kintsugi):
    shown = kintsugi("--help")
    assert shown.returncode == 0
    for name in ("up", "down", "status", "logs", "ingest", "quarantine", "ask", "incidents", "heal", "report", "drill",
                 "doctor", "bench", "index"):  # fmt: skip
        assert f" {name} " in shown.stdout


def test_the_overview_imports_nothing_heavy_and_opens_at_once(settings):
    code = (
        "import sys; from typer.testing import CliRunner; from kintsugi.cli.main import app; "
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0; sys.stdout.write(' '.join(sys.modules))"
    )
    begun = time.monotonic()
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {name.split(".")[0] for name in loaded} & set(HEAVY)
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("name", Kintsugi.lazy)
def test_every_command_is_where_the_overview_says_and_has_help(name):
    assert load(name, Kintsugi.lazy[name]).help
    assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0


def test_an_unknown_command_is_answered_with_the_nearest_one(kintsugi):
    answered = kintsugi("repot")
    assert answered.returncode == 2
    assert "report" in answered.stderr


def test_an_unknown_setting_is_one_clear_message_and_exit_code_2(kintsugi):
    answered = kintsugi("status", "--json", KINTSUGI_SERVER__PROT="1")
    assert answered.returncode == 2
    assert answered.stdout == ""
    assert "server.prot" in answered.stderr
    assert "KINTSUGI_SERVER__PROT" in answered.stderr
    assert "server.port" in answered.stderr
    assert "next" in answered.stderr
    assert "Traceback" not in answered.stderr


def test_other_errors_end_with_exit_code_1(kintsugi):
    answered = kintsugi("logs", "schedular")
    assert answered.returncode == 1
    assert "scheduler" in answered.stderr
    assert answered.stdout == ""


def test_the_status_of_a_platform_that_does_not_run_is_clean_json(kintsugi, settings):
    answered = kintsugi("status", "--json")
    assert answered.returncode == 1
    facts = json.loads(answered.stdout)
    assert facts["running"] is False
    assert facts["secrets"] == str(settings.secrets_path)


def test_stopping_what_does_not_run_is_fine(kintsugi):
    answered = kintsugi("down", "--json")
    assert answered.returncode == 0
    assert json.loads(answered.stdout)["stopped"] == []


def test_log_events_go_to_standard_error(settings, monkeypatch):
    monkeypatch.setenv("KINTSUGI_HOME", str(settings.home))
    import structlog

    def talk() -> None:
        structlog.get_logger().warning("disk.slow", seconds=3)
        raise KintsugiError("thing: broken", expected="whole", got="pieces", next_step="mend it")

    monkeypatch.setattr("kintsugi.cli.drill.drill", talk)
    shown = CliRunner().invoke(app, ["drill"])
    assert shown.exit_code == 1
    assert shown.stdout == ""
    assert "event=disk.slow" in shown.stderr
    for said in ("thing: broken", "whole", "pieces", "mend it"):
        assert said in shown.stderr


def test_an_interrupt_ends_with_one_line(monkeypatch):
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("kintsugi.cli.drill.drill", interrupted)
    shown = CliRunner().invoke(app, ["drill"])
    assert (shown.exit_code, shown.stderr.strip()) == (130, "Interrupted.")
