import socket

import pytest

from kintsugi.laptop.checks import check_disk, check_port, check_python, check_records, check_secrets, check_socket
from kintsugi.laptop.checks_running import check_dags, check_presence, check_services, checks_of_the_platform
from kintsugi.laptop.dags import DagFiles
from kintsugi.laptop.effective import effective_settings
from kintsugi.laptop.secrets import ensure_secrets
from kintsugi.laptop.state import PlatformState, ServiceState
from kintsugi.settings import known_keys, load_settings


@pytest.mark.parametrize(
    ("version", "verdict"), [((3, 10), "fail"), ((3, 11), "ok"), ((3, 13), "ok"), ((3, 14), "fail")]
)
def test_only_supported_pythons_pass(version, verdict):
    assert check_python(version).verdict == verdict


def test_secrets_that_others_may_read_fail_with_the_command_that_closes_them(settings):
    assert check_secrets(settings).verdict == "ok"
    ensure_secrets(settings)
    assert check_secrets(settings).verdict == "ok"
    settings.secrets_path.chmod(0o640)
    check = check_secrets(settings)
    assert check.verdict == "fail"
    assert check.next_step == f"chmod 600 {settings.secrets_path}"


def test_damaged_secrets_fail(settings):
    settings.secrets_path.write_text("{")
    assert check_secrets(settings).verdict == "fail"


def test_a_taken_port_is_a_warning_that_names_the_one_that_would_be_used(settings):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        taken = load_settings({"KINTSUGI_HOME": str(settings.home), "KINTSUGI_SERVER__PORT": str(port)})
        check = check_port(taken)
    assert check.verdict == "warn"
    assert str(port) in check.said


def test_a_check_of_the_disk_leaves_nothing_behind(settings):
    before = sorted(settings.var.rglob("*"))
    assert check_disk(settings).verdict in ("ok", "warn")
    assert sorted(settings.var.rglob("*")) == before


def test_a_folder_that_is_too_deep_for_a_socket_is_a_warning(settings):
    assert check_socket(settings).verdict == "ok" or len(str(settings.run_path)) > 80
    deep = load_settings({"KINTSUGI_HOME": str(settings.home), "KINTSUGI_VAR": "/" + "deep/" * 30})
    assert check_socket(deep).verdict == "warn"


def test_records_that_are_not_a_database_fail(settings):
    assert check_records(settings).said == "none yet"
    settings.records_path.write_bytes(b"not a database" * 1000)
    assert check_records(settings).verdict == "fail"


def test_a_platform_that_does_not_run_is_a_warning_and_its_broken_settings_file_a_failure(settings):
    (settings.home / "airflow_settings.yaml").write_text("airflow: [")
    assert [each.verdict for each in checks_of_the_platform(settings)] == ["fail", "warn"]


def test_a_dead_service_fails_and_a_dead_optional_one_warns():
    services = (
        ServiceState("scheduler", "healthy"),
        ServiceState("triggerer", "restarting"),
        ServiceState("embedder", "failed", optional=True),
    )
    checks = check_services(PlatformState("running", 0.0, services=services))
    assert [each.verdict for each in checks] == ["ok", "fail", "warn"]


def test_a_missing_connection_fails_by_name():
    assert check_presence("connections", ["kintsugi_airflow"], ["kintsugi_airflow", "other"]).verdict == "ok"
    check = check_presence("connections", ["kintsugi_airflow"], ["other"])
    assert (check.verdict, check.said) == ("fail", "missing: kintsugi_airflow")


def test_a_broken_dag_file_fails_and_a_paused_dag_warns():
    found = DagFiles({"heal": False, "watch": True}, {"refine.py": "SyntaxError: x"}, ())
    assert [(each.verdict, each.name) for each in check_dags(found)] == [
        ("fail", "DAG file refine.py"),
        ("warn", "DAGs"),
    ]


def test_every_setting_is_listed_with_its_origin(settings):
    (settings.home / "kintsugi.toml").write_text("[server]\nport = 9000\n[chunks]\nmax_tokens = 100\n")
    environ = {"KINTSUGI_HOME": str(settings.home), "KINTSUGI_SERVER__PORT": "9001"}
    found = {each.key: each for each in effective_settings(load_settings(environ), environ)}
    assert set(found) == set(known_keys())
    assert (found["server.port"].value, found["server.port"].origin) == ("9001", "KINTSUGI_SERVER__PORT")
    assert (found["chunks.max_tokens"].value, found["chunks.max_tokens"].origin) == ("100", "kintsugi.toml")
    assert found["server.host"].origin == "default"


def test_secret_options_of_an_address_are_not_listed(settings):
    uri = "mongodb://db/?tls=true&tlsCertificateKeyFilePassword=hush&authMechanismProperties=AWS_SESSION_TOKEN:hush"
    environ = {"KINTSUGI_HOME": str(settings.home), "KINTSUGI_MONGO__URI": uri}
    listed = {each.key: each.value for each in effective_settings(load_settings(environ), environ)}
    assert "hush" not in str(listed)
    assert listed["mongo.uri"].startswith("mongodb://db/?tls=true&tlsCertificateKeyFilePassword=")
