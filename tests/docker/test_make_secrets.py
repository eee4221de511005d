"""docker/make-secrets.sh makes what the stack needs, once."""

import base64
import json
import os
import stat
import subprocess

import pytest
from cryptography.fernet import Fernet

from tests.docker.conftest import DOCKER

SCRIPT = DOCKER / "make-secrets.sh"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "secrets"


def run(folder, *arguments):
    environment = os.environ | {"KINTSUGI_SECRETS": str(folder)}
    return subprocess.run([SCRIPT, *arguments], env=environment, capture_output=True, text=True, timeout=60)


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def listed(folder):
    return set(run(folder, "--list").stdout.split())


def test_it_makes_what_it_lists_and_leaves_nothing_else(folder):
    assert run(folder).returncode == 0
    assert set(contents(folder)) == listed(folder)


def test_listing_makes_nothing(folder):
    listed(folder)
    assert not folder.exists()


def test_a_second_run_changes_nothing(folder):
    run(folder)
    before = contents(folder)
    assert "0 made" in run(folder).stdout
    assert contents(folder) == before


def test_two_stacks_share_no_secret(tmp_path):
    run(tmp_path / "one")
    run(tmp_path / "other")
    one, other = contents(tmp_path / "one"), contents(tmp_path / "other")
    assert not [name for name in one if one[name] == other[name]]


def test_the_folder_is_closed_and_the_files_can_be_read_by_the_containers(folder):
    run(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o444}


def test_every_secret_is_of_the_form_that_its_reader_asks_for(folder):
    run(folder)
    made = contents(folder)
    Fernet(made["fernet_key"])
    assert len(made["jwt_secret"]) >= 64
    assert 6 <= len(made["mongo_keyfile"]) <= 1024
    base64.b64decode(made["mongo_keyfile"], validate=True)
    assert not [name for name, content in made.items() if content != content.strip() or not content]


def test_what_is_put_together_holds_the_parts(folder):
    run(folder)
    made = contents(folder)
    assert (
        made["sql_alchemy_conn"] == f"postgresql+psycopg2://airflow:{made['postgres_password']}@postgres:5432/airflow"
    )
    assert made["result_backend"] == f"db+{made['sql_alchemy_conn']}"
    assert made["broker_url"] == f"redis://:{made['redis_password']}@redis:6379/0"
    assert json.loads(made["airflow_passwords.json"]) == {"admin": made["airflow_admin_password"]}
    own = json.loads(made["airflow_connections.json"])["kintsugi_airflow"]
    assert (own["host"], own["port"], own["password"]) == ("api-server", 8080, made["airflow_admin_password"])


def test_a_password_that_a_person_changed_reaches_what_is_put_together(folder):
    run(folder)
    (folder / "redis_password").unlink()
    (folder / "redis_password").write_text("other")
    run(folder)
    assert contents(folder)["broker_url"] == "redis://:other@redis:6379/0"


def test_an_empty_file_of_a_run_that_was_cut_off_is_made_anew(folder):
    folder.mkdir()
    (folder / "mongo_password").touch()
    run(folder)
    assert contents(folder)["mongo_password"]


def test_an_unknown_argument_is_refused(folder):
    refused = run(folder, "--lsit")
    assert refused.returncode == 2
    assert "--lsit" in refused.stderr
    assert not folder.exists()
