import json
import time

from rich.console import Console

from kintsugi.cli.platform import service_table, status_facts
from kintsugi.laptop.folders import log_path
from kintsugi.laptop.processes import Identity
from kintsugi.laptop.secrets import remember_api_url
from kintsugi.laptop.state import PlatformState, ServiceState


def state():
    services = (
        ServiceState("scheduler", "healthy", Identity(4711, 1.0), restarts=2, since=time.time()),
        ServiceState("embedder", "failed", Identity(4712, 1.0), detail="ended with exit code 1", optional=True),
    )
    return PlatformState("running", 1.0, Identity(1, 1.0), "http://127.0.0.1:8081", services=services)


def test_the_status_tells_where_the_password_is_and_never_the_password(settings):
    secrets = remember_api_url(settings, "http://127.0.0.1:8081")
    written = json.dumps(status_facts(settings, state(), supervised=True))
    assert str(settings.secrets_path) in written
    assert secrets.admin_password not in written
    assert secrets.jwt_secret not in written


def test_the_status_is_healthy_without_an_optional_service(settings):
    facts = status_facts(settings, state(), supervised=True)
    assert facts["healthy"]
    assert facts["url"] == "http://127.0.0.1:8081"
    assert not status_facts(settings, state(), supervised=False)["healthy"]


def test_the_table_shows_state_pid_restarts_and_why():
    console = Console(width=200)
    with console.capture() as shown:
        console.print(service_table(state(), time.time()))
    first, second = shown.get().splitlines()[1:]
    assert first.split() == ["scheduler", "healthy", "0", "s", "4711", "2"]
    assert "ended with exit code 1" in second
    assert "4712" not in second


def test_logs_shows_the_newest_lines_of_the_service_that_was_asked_for(run_cli, settings):
    log_path(settings, "scheduler").write_text("\n".join(f"line {number}" for number in range(100)) + "\n")
    log_path(settings, "triggerer").write_text("something else\n")
    assert run_cli("logs", "scheduler", "--lines", "2").stdout.splitlines() == ["line 98", "line 99"]
    everything = run_cli("logs", "--lines", "1").stdout
    assert "line 99" in everything
    assert "something else" in everything


def test_logs_prints_brackets_as_they_are(run_cli, settings):
    log_path(settings, "scheduler").write_text("[red]not markup[/red] [info]\n")
    assert run_cli("logs", "scheduler").stdout == "[red]not markup[/red] [info]\n"


def test_up_refuses_a_broken_settings_file_before_it_starts_anything(run_cli, settings):
    (settings.home / "airflow_settings.yaml").write_text("airflow:\n  pool: []\n")
    answered = run_cli("up", "--no-job", "--json")
    assert answered.exit_code == 2
    assert "airflow.pool" in answered.stderr
    assert answered.stdout == ""
    assert not log_path(settings, "supervisor").exists()


def test_doctor_passes_on_a_machine_that_is_fine_and_lists_checks_and_settings(run_cli, settings):
    (settings.home / "airflow_settings.yaml").write_text("airflow:\n  pools: []\n")
    answered = run_cli("doctor", "--json")
    facts = json.loads(answered.stdout)
    assert {"python", "disk", "port", "secrets", "settings", "services"} <= {each["name"] for each in facts["checks"]}
    assert {"key": "server.port", "value": "8080", "origin": "default"} in facts["settings"]
    assert answered.exit_code == any(each["verdict"] == "fail" for each in facts["checks"])


def test_doctor_fails_on_a_wrong_setting_and_lists_the_known_ones(run_cli, monkeypatch):
    monkeypatch.setenv("KINTSUGI_SERVER__PROT", "1")
    answered = run_cli("doctor", "--json")
    facts = json.loads(answered.stdout)
    assert answered.exit_code == 1
    assert "server.prot" in facts["checks"][0]["said"]
    assert "server.port" in {each["key"] for each in facts["settings"]}
