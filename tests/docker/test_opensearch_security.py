"""OpenSearch's users and roles: our two users, nobody from the demo."""

import stat

import bcrypt
import pytest
import yaml

from tests.docker.conftest import DOCKER, image_script

users = image_script("opensearch_users.py")
QUICK = 4
ASKED_FOR = {
    "action_groups.yml": "actiongroups",
    "config.yml": "config",
    "internal_users.yml": "internalusers",
    "roles.yml": "roles",
    "roles_mapping.yml": "rolesmapping",
    "tenants.yml": "tenants",
}
"""What the security plugin reads when it makes its index, and the type that each file has to state."""


READING = (
    "indices:admin/aliases/get",
    "indices:admin/get",
    "indices:admin/resolve/",
    "indices:data/read/point_in_time/readall",
    "indices:monitor/",
)
"""What may be asked about the indexes of others: names and sizes, never content."""


@pytest.fixture
def secrets(tmp_path):
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "opensearch_admin_password").write_text("for people")
    (folder / "opensearch_password").write_text("for the platform")
    return folder


@pytest.fixture
def target(tmp_path):
    return tmp_path / "security"


def written(target, name):
    return yaml.safe_load((target / name).read_text())


def test_every_file_that_the_plugin_asks_for_is_there_and_states_its_type(secrets, target):
    users.write_security_files(secrets, target, rounds=QUICK)
    assert {path.name: written(target, path.name)["_meta"]["type"] for path in target.iterdir()} == ASKED_FOR
    assert {written(target, name)["_meta"]["config_version"] for name in ASKED_FOR} == {2}


def test_the_platforms_role_has_no_right_that_nothing_uses(secrets, target):
    users.write_security_files(secrets, target, rounds=QUICK)
    granted = " ".join(written(target, "roles.yml")["kintsugi"]["cluster_permissions"])
    assert not [unused for unused in ("index_template", "search/pipeline", "scroll") if unused in granted]


def test_there_are_our_two_users_with_the_passwords_of_the_secrets(secrets, target):
    users.write_security_files(secrets, target, rounds=QUICK)
    found = written(target, "internal_users.yml")
    assert set(found) == {"_meta", "admin", "kintsugi"}
    assert bcrypt.checkpw(b"for people", found["admin"]["hash"].encode())
    assert bcrypt.checkpw(b"for the platform", found["kintsugi"]["hash"].encode())


def test_every_mapped_role_and_user_exists(secrets, target):
    users.write_security_files(secrets, target, rounds=QUICK)
    own, known = written(target, "roles.yml"), written(target, "internal_users.yml")
    mapping = {name: each for name, each in written(target, "roles_mapping.yml").items() if name != "_meta"}
    assert set(mapping) <= {*own, "all_access"}
    assert mapping["kintsugi"]["users"] == ["kintsugi"]
    assert mapping["all_access"]["backend_roles"] == known["admin"]["backend_roles"]
    assert known["kintsugi"]["backend_roles"] == []


def test_the_platform_writes_only_to_indexes_of_its_own_prefix(secrets, target):
    users.write_security_files(secrets, target, rounds=QUICK)
    for permission in written(target, "roles.yml")["kintsugi"]["index_permissions"]:
        if permission["index_patterns"] != ["kintsugi*"]:
            assert all(action.startswith(READING) for action in permission["allowed_actions"])


def test_a_second_run_changes_nothing(secrets, target):
    users.write_security_files(secrets, target, rounds=QUICK)
    before = (target / "internal_users.yml").read_text()
    users.write_security_files(secrets, target, rounds=QUICK)
    assert (target / "internal_users.yml").read_text() == before


def test_a_changed_password_changes_its_hash_alone(secrets, target):
    users.write_security_files(secrets, target, rounds=QUICK)
    before = written(target, "internal_users.yml")
    (secrets / "opensearch_password").write_text("another")
    users.write_security_files(secrets, target, rounds=QUICK)
    after = written(target, "internal_users.yml")
    assert after["admin"] == before["admin"]
    assert bcrypt.checkpw(b"another", after["kintsugi"]["hash"].encode())


def test_the_files_are_for_their_owner_alone(secrets, target):
    users.write_security_files(secrets, target, rounds=QUICK)
    assert {stat.S_IMODE(path.stat().st_mode) for path in target.iterdir()} == {0o600}


def test_the_nodes_refuse_demo_certificates_and_know_each_other(compose):
    node = yaml.safe_load((DOCKER / "opensearch.yml").read_text())
    assert node["plugins.security.allow_unsafe_democertificates"] is False
    nodes = [name for name in compose["services"] if name.startswith("opensearch")]
    assert node["plugins.security.nodes_dn"] == [f"CN={name}" for name in nodes]
    for name in nodes:
        assert compose["services"][name]["environment"]["NODE_NAME"] == name
        assert compose["services"][name]["environment"]["DISABLE_INSTALL_DEMO_CONFIG"] == "true"
