"""The stack's certificates are good for both sides, and are kept while they are good."""

import os
import ssl
import stat
from datetime import UTC, datetime, timedelta

import pytest

from tests.docker.conftest import image_script

tls = image_script("tls.py")
NOW = datetime.now(UTC)


@pytest.fixture
def authority(tmp_path):
    return tls.provide_authority(tmp_path / "authority", tmp_path / "ca", NOW)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "mongo"


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def shake_hands(server_folder, server, client_folder, client, hostname):
    """Let a server and a client, both with certificates, talk TLS in memory."""
    ca = str(server_folder / "ca.pem")
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=ca)
    serving.verify_mode = ssl.CERT_REQUIRED
    serving.load_cert_chain(server_folder / f"{server}.pem", server_folder / f"{server}.key")
    calling = ssl.create_default_context(cafile=str(client_folder / "ca.pem"))
    calling.load_cert_chain(client_folder / f"{client}.both.pem")
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    caller = calling.wrap_bio(back, there, server_hostname=hostname)
    callee = serving.wrap_bio(there, back, server_side=True)
    for _ in range(4):
        for side in (caller, callee):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return caller.getpeercert(), callee.getpeercert()


@pytest.mark.parametrize("hostname", ["mongo1", "localhost", "127.0.0.1"])
def test_two_nodes_trust_each_other_as_server_and_as_client(authority, folder, hostname):
    for name in ("mongo1", "mongo2"):
        tls.provide(authority, name, folder, NOW)
    server, client = shake_hands(folder, "mongo1", folder, "mongo2", hostname)
    assert ("DNS", "mongo1") in server["subjectAltName"]
    assert ("DNS", "mongo2") in client["subjectAltName"]


def test_a_node_is_not_taken_for_another(authority, folder):
    for name in ("mongo1", "mongo2"):
        tls.provide(authority, name, folder, NOW)
    with pytest.raises(ssl.SSLCertVerificationError, match="mongo3"):
        shake_hands(folder, "mongo1", folder, "mongo2", "mongo3")


def test_a_node_of_another_authority_is_refused(authority, folder, tmp_path):
    other = tls.provide_authority(tmp_path / "other", tmp_path / "other-ca", NOW)
    tls.provide(authority, "mongo1", folder, NOW)
    tls.provide(other, "mongo2", tmp_path / "elsewhere", NOW)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(folder, "mongo1", tmp_path / "elsewhere", "mongo2", "mongo1")


def test_the_subject_is_what_opensearch_knows_its_nodes_by(authority, folder):
    tls.provide(authority, "opensearch1", folder, NOW)
    certificate = tls.read(folder / "opensearch1.both.pem").certificate
    assert certificate.subject.rfc4514_string() == "CN=opensearch1"


def test_a_second_run_keeps_everything(authority, folder, tmp_path):
    assert tls.provide(authority, "mongo1", folder, NOW)
    before = contents(folder)
    again = tls.provide_authority(tmp_path / "authority", tmp_path / "ca", NOW + timedelta(days=1))
    assert not tls.provide(again, "mongo1", folder, NOW + timedelta(days=1))
    assert contents(folder) == before


def test_a_certificate_is_renewed_before_it_ends(authority, folder):
    tls.provide(authority, "mongo1", folder, NOW)
    lasts = timedelta(days=tls.DAYS)
    assert not tls.provide(authority, "mongo1", folder, NOW + lasts - timedelta(days=tls.RENEW_DAYS + 1))
    assert tls.provide(authority, "mongo1", folder, NOW + lasts - timedelta(days=tls.RENEW_DAYS - 1))


def test_a_new_authority_replaces_the_certificates_of_the_old_one(authority, folder, tmp_path):
    tls.provide(authority, "mongo1", folder, NOW)
    (tmp_path / "authority" / "authority.pem").unlink()
    new = tls.provide_authority(tmp_path / "authority", tmp_path / "ca", NOW)
    assert tls.provide(new, "mongo1", folder, NOW)
    assert (folder / "ca.pem").read_bytes() == (tmp_path / "ca" / "ca.pem").read_bytes() == new.pem


@pytest.mark.parametrize("lost", ["mongo1.pem", "mongo1.key", "mongo1.both.pem", "ca.pem"])
def test_a_run_that_was_cut_off_is_completed_by_the_next(authority, folder, lost):
    tls.provide(authority, "mongo1", folder, NOW)
    (folder / lost).unlink()
    tls.provide(authority, "mongo1", folder, NOW)
    tls.provide(authority, "mongo2", folder, NOW)
    shake_hands(folder, "mongo1", folder, "mongo2", "mongo1")


@pytest.mark.parametrize("damage", [b"", b"not a certificate"])
def test_a_damaged_file_is_replaced(authority, folder, damage):
    tls.provide(authority, "mongo1", folder, NOW)
    (folder / "mongo1.both.pem").chmod(0o600)
    (folder / "mongo1.both.pem").write_bytes(damage)
    assert tls.provide(authority, "mongo1", folder, NOW)


def test_keys_are_for_their_owner_alone(authority, folder, tmp_path):
    tls.provide(authority, "mongo1", folder, NOW)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"mongo1.both.pem": 0o400, "mongo1.key": 0o400, "mongo1.pem": 0o444, "ca.pem": 0o444}
    assert stat.S_IMODE((tmp_path / "authority" / "authority.pem").stat().st_mode) == 0o600


def test_the_command_line_of_the_stack_works(tmp_path, compose, capsys):
    script = compose["services"]["prepare"]["command"][-1].replace("\\\n", " ")
    words = next(line for line in script.splitlines() if line.startswith("python tls.py")).split()[2:]
    words = [word.replace("/tls/", f"{tmp_path}/").replace(":999", f":{os.getuid()}") for word in words]
    tls.main([word.replace(":1000", f":{os.getuid()}") for word in words])
    assert "security-admin: made" in capsys.readouterr().out
    for name in ("mongo1", "mongo2", "mongo3"):
        config = compose["services"][name]["command"]
        assert (tmp_path / config[-1].removeprefix("/tls/")).is_file()
