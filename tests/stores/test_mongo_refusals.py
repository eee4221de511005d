"""Servers and settings that can't be worked with: each is told apart, and no password is ever shown."""

import datetime
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo import errors as driver
from pymongo.errors import PyMongoError

from kintsugi.errors import ConfigurationError, DataError, KintsugiError, StoreUnavailable, TerminalError
from kintsugi.records import Document
from kintsugi.settings import MongoSettings
from kintsugi.stores.mongo import MongoRecords
from kintsugi.stores.mongo.client import connect
from kintsugi.stores.mongo.errors import explained, translated
from tests.engines.servers import Server, mongo_server

SECRET = "s3cret/p@ss:word"


def refusal(**settings: Any) -> KintsugiError:
    """Return what a store on these settings says at its first use."""
    chosen = MongoSettings(**{"timeout": 2.0, **settings})
    store = MongoRecords(partial(connect, chosen), "kintsugi")
    try:
        with pytest.raises(KintsugiError) as refused:
            store.count(Document)
    finally:
        store.close()
    assert refused.value.next_step
    assert "Topology Description" not in str(refused.value)
    for piece in (SECRET, "s3cret", "p@ss", "p%40ss"):
        assert piece not in str(refused.value)
    return refused.value


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve each connection with ``answer``; give the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(client: socket.socket) -> None:
        with client:
            try:
                answer(client)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls_port(certificate: Path) -> Iterator[int]:
    """A port that speaks TLS and then nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def answer(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as secured:
            secured.recv(4096)

    with listening(answer) as port:
        yield port


def test_a_port_where_nobody_listens_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    refused = refusal(uri=f"mongodb://127.0.0.1:{port}", username="u", password=SECRET)
    assert isinstance(refused, StoreUnavailable)
    assert f"127.0.0.1:{port}" in str(refused)
    assert "host and port" in refused.next_step


def test_a_host_that_does_not_exist_is_named() -> None:
    refused = refusal(uri="mongodb://no-such-host.invalid:27017")
    assert isinstance(refused, StoreUnavailable)
    assert "no-such-host.invalid" in str(refused)
    assert "correct the host" in refused.next_step


def test_a_port_of_a_web_server_is_told_from_a_database() -> None:
    web = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    try:
        refused = refusal(uri=f"mongodb://127.0.0.1:{web.server_port}")
    finally:
        web.shutdown()
        web.server_close()
    assert isinstance(refused, KintsugiError)
    assert "another service listens there" in refused.next_step


@pytest.mark.engines
def test_a_server_too_old_is_refused_by_its_version() -> None:
    with mongo_server(version="3.6.23", wire_version=6) as old:
        refused = refusal(uri=old.uri)
    assert isinstance(refused, ConfigurationError)
    assert "4.4" in refused.expected
    assert "wire version 6" in refused.got
    assert refused.next_step == "upgrade the server"


def test_a_wrong_password_is_refused_without_being_shown(mongo_server: Server) -> None:
    refused = refusal(uri=mongo_server.uri, username="kintsugi", password=SECRET)
    assert isinstance(refused, ConfigurationError)
    assert "password" in refused.next_step


def test_a_plain_client_at_a_tls_server_is_told_of_tls(tls_port: int) -> None:
    assert "TLS" in refusal(uri=f"mongodb://127.0.0.1:{tls_port}").next_step


def test_a_tls_client_at_a_plain_server_is_told_of_tls(mongo_server: Server, certificate: Path) -> None:
    refused = refusal(uri=mongo_server.uri, ca_file=certificate)
    assert "TLS" in str(refused)


def test_a_certificate_of_an_unknown_authority_is_refused(tls_port: int) -> None:
    refused = refusal(uri=f"mongodb://127.0.0.1:{tls_port}/?tls=true")
    assert isinstance(refused, ConfigurationError)
    assert "ca_file" in refused.next_step


def test_the_ca_file_makes_its_authority_known(tls_port: int, certificate: Path) -> None:
    refused = refusal(uri=f"mongodb://127.0.0.1:{tls_port}", ca_file=certificate)
    assert "certificate" not in str(refused), "the handshake worked; then this server says nothing"


def by_a_client_of(uri: str) -> KintsugiError:
    """Return what a store says whose client comes from elsewhere, say from an Airflow connection."""
    store = MongoRecords(partial(MongoClient, uri, timeoutMS=2000), "kintsugi")
    with pytest.raises(KintsugiError) as refused:
        store.count(Document)
    store.close()
    shown = "".join(traceback.format_exception(refused.value))
    assert not any(piece in shown.replace(__file__, "") for piece in ("s3cret", "p@ss", "p%40ss"))
    return refused.value


@pytest.mark.parametrize(
    "uri",
    [
        f"mongodb://kintsugi:{SECRET}@127.0.0.1:27017",
        "mongodb://kintsugi:s3cret:p@ss@127.0.0.1",
        "http://kintsugi:s3cret@127.0.0.1",
        "mongodb://u:s3cret@h:notaport",
        "mongodb://",
    ],
)
def test_an_address_that_cannot_be_read_is_refused_without_being_shown(uri: str) -> None:
    assert isinstance(by_a_client_of(uri), ConfigurationError)


def test_a_password_in_the_address_of_another_client_is_used_and_not_shown(mongo_server: Server) -> None:
    refused = by_a_client_of(f"mongodb://kintsugi:s3cret%2Fp%40ss@{mongo_server.host}:{mongo_server.port}")
    assert "password" in refused.next_step, "it was used: this server knows no user"


@pytest.mark.parametrize(
    ("options", "word"),
    [("loadBalanced=true&replicaSet=x", "options"), ("ssl=true&tls=false", "correct"), ("tlsCAFile=/no", "tlsCAFile")],
)
def test_options_that_the_driver_does_not_take_are_refused(options: str, word: str) -> None:
    refused = refusal(uri=f"mongodb://127.0.0.1:1/?{options}")
    assert isinstance(refused, ConfigurationError)
    assert word in refused.next_step


def test_a_ca_file_that_holds_no_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    refused = refusal(uri="mongodb://127.0.0.1:1", ca_file=tmp_path / "ca.pem")
    assert isinstance(refused, ConfigurationError)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({}, "mongo.uri"),
        ({"uri": "mongodb://h", "username": "u", "password_file": "/nowhere"}, "mongo.password_file"),
        ({"uri": "mongodb://h", "ca_file": "/nowhere"}, "mongo.ca_file"),
    ],
)
def test_a_setting_that_is_missing_is_named(settings: dict[str, Any], key: str) -> None:
    refused = refusal(**settings)
    assert isinstance(refused, ConfigurationError)
    assert key in str(refused)


def test_the_password_file_wins_and_its_last_line_end_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(" from the file \r\n")
    settings = MongoSettings(
        uri="mongodb://h", username="u", password="other", password_file=tmp_path / "password", timeout=3.0
    )
    with connect(settings) as client:
        credentials = client.options._options
        assert (credentials["username"], credentials["password"]) == ("u", " from the file ")
        assert client.options.timeout == 3.0
        assert client.options.server_selection_timeout == 3.0
        assert client.options.pool_options.appname == "kintsugi"


def test_a_password_file_that_is_no_text_is_refused_and_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes(b"s3cret\xff")
    refused = refusal(uri="mongodb://h", username="u", password_file=tmp_path / "password")
    assert isinstance(refused, ConfigurationError)
    assert "not UTF-8" in refused.got


def failure(code: int, said: str = "what the server said") -> driver.OperationFailure:
    return driver.OperationFailure(said, code, {"code": code, "errmsg": said})


def bulk(code: int, said: str = "refused") -> driver.BulkWriteError:
    errors = [{"index": 0, "code": code, "errmsg": said, "op": {"q": {"_id": "culprit"}}}]
    return driver.BulkWriteError({"writeErrors": errors, "writeConcernErrors": []})


@pytest.mark.parametrize(
    ("raised", "kind", "word"),
    [
        (failure(18, "Authentication failed."), ConfigurationError, "password"),
        (failure(13, "not authorized on kintsugi"), ConfigurationError, "readWrite"),
        (failure(13, "command find requires authentication"), ConfigurationError, "password"),
        (driver.NotPrimaryError("not primary", {"code": 10107}), StoreUnavailable, "elected"),
        (failure(189, "stepped down"), StoreUnavailable, "elected"),
        (driver.WTimeoutError("waiting for replication timed out", 64), StoreUnavailable, "majority"),
        (failure(14031, "no space"), StoreUnavailable, "disk"),
        (failure(50, "operation exceeded time limit"), StoreUnavailable, "load"),
        (failure(301, "Retryable writes are not supported"), ConfigurationError, "retryWrites=false"),
        (failure(20, "Transaction numbers are only allowed on a replica"), ConfigurationError, "retryWrites=false"),
        (failure(121, "Document failed validation"), DataError, "validator"),
        (failure(10334, "BSONObj size is invalid"), DataError, "quarantine"),
        (failure(85, "index options conflict"), ConfigurationError, "drop the index"),
        (driver.DocumentTooLarge("too large"), DataError, "quarantine"),
        (bulk(121), DataError, "validator"),
        (bulk(14031), StoreUnavailable, "disk"),
        (bulk(13), ConfigurationError, "readWrite"),
        (driver.NetworkTimeout("h:1: timed out (configured timeouts: x)"), StoreUnavailable, "network"),
        (driver.AutoReconnect("h:1: connection closed"), StoreUnavailable, "run it again"),
        (driver.ServerSelectionTimeoutError("No primary available for writes"), StoreUnavailable, "elected"),
        (failure(987654, "something new"), TerminalError, "code"),
        (driver.InvalidOperation("Cannot use MongoClient after close"), TerminalError, "report"),
    ],
    ids=lambda value: str(getattr(value, "code", ""))[:20] if isinstance(value, PyMongoError) else None,
)
def test_each_error_has_its_class_and_a_next_step(raised: PyMongoError, kind: type[KintsugiError], word: str) -> None:
    error = explained(raised, "record store h:1/kintsugi: write documents")
    assert type(error) is kind
    assert word in error.next_step
    assert "record store h:1/kintsugi: write documents" in error.what
    if isinstance(raised, driver.BulkWriteError):
        assert "culprit" in error.what


def test_an_address_with_credentials_in_a_message_is_cleaned() -> None:
    said = f"cannot reach mongodb://kintsugi:{SECRET}@db.example:27017/x"
    with pytest.raises(KintsugiError) as refused, translated("h:1/kintsugi", "read"):
        raise driver.OperationFailure(said, 6)
    assert "s3cret" not in str(refused.value)
    assert "db.example" in str(refused.value)
