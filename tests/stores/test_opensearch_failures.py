"""A wrong address, login, certificate or server, and an engine that lacks something: each is said."""

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from opensearchpy import ConnectionError as Unreachable
from opensearchpy import ImproperlyConfigured, OpenSearch, RequestsHttpConnection

from kintsugi.errors import ConfigurationError, KintsugiError, StoreUnavailable, TerminalError
from kintsugi.settings import OpenSearchSettings
from kintsugi.stores.engine import Capability
from kintsugi.stores.opensearch import OpenSearchIndex, capabilities, mapping
from kintsugi.stores.opensearch.client import connect
from kintsugi.stores.opensearch.errors import answer_of
from tests.engines.http_faults import Answer, Response, Rewritten
from tests.engines.http_proxy import HttpProxy, path
from tests.engines.proxy import BlackHole, Cut, Proxy, Refuse
from tests.engines.servers import Server
from tests.stores.entries import DIMENSION, EVERYTHING, entry
from tests.stores.opensearch_handles import Waits, hurried, opened
from tests.stores.search_index_contract import ON_AN_INDEX

SECRET = "correct-horse"


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def proxy(opensearch_node: Server) -> Iterator[HttpProxy]:
    with HttpProxy(opensearch_node.host, opensearch_node.port) as proxy:
        yield proxy


@pytest.fixture
def index(opensearch_node: Server, index_prefix: str) -> Iterator[OpenSearchIndex]:
    made = opened(opensearch_node.url, index_prefix)
    yield made
    made.close()


def refusal(url: str, waits: Waits, **settings: Any) -> KintsugiError:
    """Return what asking a server for its version raises; its message never holds the password."""
    index = hurried(url, "kintsugi", waits, timeout=2, username="reader", password=SECRET, **settings)
    with pytest.raises(KintsugiError) as raised:
        index.describe()
    index.close()
    assert raised.value.next_step
    assert SECRET not in str(raised.value)
    return raised.value


def test_a_port_where_nobody_listens_is_unavailable_after_a_few_tries(waits: Waits) -> None:
    error = refusal("http://127.0.0.1:1", waits)
    assert isinstance(error, StoreUnavailable)
    assert "http://127.0.0.1:1" in str(error)
    assert "host and port" in error.next_step
    assert error.got.count("refused") == 1
    assert 0 < sum(waits) < 2


def test_a_port_of_another_service_is_said_to_speak_no_http(mongo_server: Server, waits: Waits) -> None:
    error = refusal(f"http://{mongo_server.host}:{mongo_server.port}", waits)
    assert isinstance(error, StoreUnavailable)
    assert "speaks HTTP" in error.expected
    assert "correct the port" in error.next_step
    assert error.got.count("Remote end closed connection") == 1


def test_a_server_that_answers_something_else_than_http_is_another_service(waits: Waits) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_greet, args=(server, b"220 mail ESMTP\r\n"), daemon=True).start()
        error = refusal(f"http://127.0.0.1:{server.getsockname()[1]}", waits)
    assert isinstance(error, ConfigurationError)
    assert "another service" in error.next_step


def _greet(server: socket.socket, greeting: bytes) -> None:
    with suppress(OSError):
        while True:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(greeting)


def test_what_the_client_says_twice_is_said_once_and_without_places_in_memory() -> None:
    said = "<urllib3.connection.HTTPConnection object at 0x7f00>: Failed to connect: [Errno 111] Connection refused"
    answer = answer_of(Unreachable("N/A", said, OSError(said)))
    assert answer.reason == "Failed to connect: [Errno 111] Connection refused"


@pytest.mark.parametrize(
    ("status", "kind", "next_step"),
    [
        (401, ConfigurationError, "password"),
        (403, ConfigurationError, "role"),
        (429, StoreUnavailable, "breaker"),
        (500, StoreUnavailable, "_cluster/health"),
        (502, StoreUnavailable, "_cluster/health"),
        (503, StoreUnavailable, "_cluster/allocation/explain"),
        (400, TerminalError, "reason"),
    ],
)
def test_each_refusal_says_what_to_do(
    proxy: HttpProxy, waits: Waits, status: int, kind: type[KintsugiError], next_step: str
) -> None:
    proxy.fault(Answer(status))
    error = refusal(proxy.url, waits)
    assert isinstance(error, kind)
    assert next_step in error.next_step


@pytest.mark.parametrize("status", [200, 301, 404, 405])
def test_a_web_server_is_not_taken_for_an_engine(proxy: HttpProxy, waits: Waits, status: int) -> None:
    page = Response(status, (("Content-Type", "text/html"),), b"<html>It works!</html>")
    proxy.fault(lambda request, forward: page)
    error = refusal(proxy.url, waits)
    assert isinstance(error, ConfigurationError)
    assert "an answer of OpenSearch" in error.expected
    assert "opensearch.url" in error.next_step


def claims(**version: Any) -> Rewritten:
    return Rewritten(lambda answer: {**answer, "version": version})


@pytest.mark.parametrize(
    ("version", "got"),
    [
        ({"number": "8.15.0", "build_flavor": "default"}, "Elasticsearch 8.15.0"),
        ({"number": "2.11.1", "distribution": "opensearch"}, "2.11.1"),
        ({"number": "1.3.19", "distribution": "opensearch"}, "1.3.19"),
        ({}, "version"),
    ],
)
def test_another_engine_or_an_old_one_is_refused(
    proxy: HttpProxy, waits: Waits, version: dict[str, Any], got: str
) -> None:
    proxy.fault(claims(**version), on=lambda request: request.path == "/")
    error = refusal(proxy.url, waits)
    assert isinstance(error, ConfigurationError)
    assert got in error.got


def test_a_newer_engine_is_welcome(proxy: HttpProxy, waits: Waits) -> None:
    proxy.fault(claims(number="3.5.0", distribution="opensearch"), on=lambda request: request.path == "/")
    assert hurried(proxy.url, "kintsugi", waits).describe().version == "3.5.0"


def test_what_may_not_be_asked_is_not_claimed(proxy: HttpProxy, waits: Waits) -> None:
    proxy.fault(Answer(403, "security_exception"), on=lambda request: request.path != "/")
    report = hurried(proxy.url, "kintsugi", waits).describe()
    assert [each.name for each in report.capabilities if each.present] == []


def offered(index: OpenSearchIndex, name: str) -> Capability:
    return next(each for each in index.describe().capabilities if each.name == name)


def with_plugins(*nodes: tuple[str, ...]) -> Rewritten:
    """Each node has these plugins, by class."""
    made = {str(n): {"plugins": [{"name": each, "classname": each} for each in node]} for n, node in enumerate(nodes)}
    return Rewritten(lambda answer: {**answer, "nodes": made})


def test_a_plugin_that_one_node_lacks_is_not_there(proxy: HttpProxy, waits: Waits) -> None:
    proxy.fault(with_plugins((capabilities.KNN[1],), ()), on=path("/_nodes/plugins"))
    found = offered(hurried(proxy.url, "kintsugi", waits), "k-NN")
    assert (found.present, found.used) == (False, False)
    assert "1 of 2 nodes" in found.detail
    assert [request.query for request in proxy.requests(path("/_nodes/plugins"))] == [""], "a filter drops such nodes"


def test_security_that_is_installed_is_used_only_with_a_login_or_tls(proxy: HttpProxy, waits: Waits) -> None:
    proxy.fault(with_plugins((capabilities.SECURITY[1],)), on=path("/_nodes/plugins"))
    bare = offered(hurried(proxy.url, "kintsugi", waits), "security")
    assert (bare.present, bare.used) == (True, False)
    known = offered(hurried(proxy.url, "kintsugi", waits, username="reader", password=SECRET), "security")
    assert (known.present, known.used) == (True, True)
    assert "a login" in known.detail


def test_the_alias_is_asked_for(index: OpenSearchIndex, index_prefix: str) -> None:
    assert f"{index_prefix}-served names nothing yet" in offered(index, "alias").detail
    index.create("g", DIMENSION)
    index.serve("g")
    assert f"{index_prefix}-served names {index_prefix}-g" in offered(index, "alias").detail


@pytest.mark.parametrize(
    "fault",
    [
        ImproperlyConfigured("Root certificates are missing"),
        ssl.SSLError("no certificate found"),
        ValueError(f"Port could not be cast to integer value as '{SECRET}@host'"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_client_that_cannot_be_built_is_a_wrong_configuration(fault: Exception, waits: Waits) -> None:
    def connect() -> OpenSearch:
        raise fault

    with pytest.raises(ConfigurationError, match="no client can be built") as refused:
        OpenSearchIndex(connect, sleep=waits).names()
    assert "opensearch.ca_file" in refused.value.next_step
    assert SECRET not in str(refused.value)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36_500))
        .add_extension(addresses, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def tls(certificate: Path) -> Iterator[str]:
    """A server that speaks TLS and answers as an OpenSearch of version 2.19 does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"version": {"number": "2.19.1", "distribution": "opensearch"}}' if self.path == "/" else b"{}"
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Be quiet."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that speaks plain HTTP is what is tested."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Quiet(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_certificate_that_nobody_vouches_for_is_refused_and_the_authority_asked_for(tls: str, waits: Waits) -> None:
    error = refusal(tls, waits)
    assert isinstance(error, ConfigurationError)
    assert "opensearch.ca_file" in error.next_step
    assert waits == []


def test_a_certificate_of_a_known_authority_is_accepted(tls: str, certificate: Path, waits: Waits) -> None:
    assert hurried(tls, "kintsugi", waits, ca_file=certificate).describe().where == tls


def test_a_certificate_for_another_host_is_refused(tls: str, certificate: Path, waits: Waits) -> None:
    error = refusal(tls.replace("127.0.0.1", "localhost"), waits, ca_file=certificate)
    assert isinstance(error, ConfigurationError)
    assert "the host's name" in error.next_step


def test_plain_http_to_a_tls_port_says_so(tls: str, waits: Waits) -> None:
    error = refusal(tls.replace("https", "http"), waits)
    assert isinstance(error, ConfigurationError)
    assert "https://" in error.next_step
    assert waits == []


def test_tls_to_a_plain_port_says_so(opensearch_node: Server, waits: Waits) -> None:
    error = refusal(opensearch_node.url.replace("http", "https"), waits)
    assert isinstance(error, ConfigurationError)
    assert "http://" in error.next_step


@pytest.mark.parametrize(
    ("settings", "thing"),
    [
        ({"url": ""}, "opensearch.url"),
        ({"url": "http://127.0.0.1:1", "username": "u", "password_file": "/not/there"}, "opensearch.password_file"),
        ({"url": "https://127.0.0.1:1", "ca_file": "/not/there"}, "opensearch.ca_file"),
    ],
)
def test_settings_that_make_no_client_name_the_one_that_is_wrong(settings: dict[str, Any], thing: str) -> None:
    with pytest.raises(ConfigurationError, match=thing) as raised:
        connect(OpenSearchSettings.model_validate(settings))
    assert raised.value.next_step


def test_the_password_comes_from_its_file_and_every_host_is_known(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f" {SECRET} \r\n")
    client = connect(
        OpenSearchSettings(
            url="http://one:9200, http://two",
            username="reader",
            password_file=tmp_path / "password",
        )
    )
    assert client.transport.kwargs["http_auth"] == ("reader", f" {SECRET} "), "only the line end is no part of it"
    hosts = sorted(each.host for each in client.transport.connection_pool.connections)
    assert hosts == ["http://one:9200", "http://two:80"]


def test_a_client_as_airflows_hook_builds_it_serves_and_its_own_retries_do_not_multiply(
    opensearch_node: Server, index_prefix: str, waits: Waits
) -> None:
    with Proxy(opensearch_node.host, opensearch_node.port) as wire:
        hosts = [{"host": wire.host, "port": wire.port}]
        client = partial(OpenSearch, hosts=hosts, connection_class=RequestsHttpConnection)
        index = OpenSearchIndex(client, prefix=index_prefix, timeout=20, sleep=waits)
        index.create("g", DIMENSION)
        index.write("g", [entry("a", "brass lamp")])
        index.refresh("g")
        assert [hit.id for hit in index.search_text("g", "lamp", 5, EVERYTHING)] == ["a"]
        index.close()
        broken = OpenSearchIndex(client, prefix=index_prefix, timeout=1, sleep=waits)
        wire.fault(Refuse())
        before = wire.connections
        with pytest.raises(StoreUnavailable):
            broken.names()
        assert 0 < wire.connections - before <= 8, "four tries, and after each a look whether the port speaks TLS"
        wire.fault(BlackHole())
        with pytest.raises(StoreUnavailable, match=r"opensearch\.timeout"):
            broken.names()
        broken.close()


def test_a_connection_that_is_cut_in_the_middle_of_an_answer_is_made_anew(
    opensearch_node: Server, index_prefix: str, waits: Waits
) -> None:
    with Proxy(opensearch_node.host, opensearch_node.port) as wire:
        index = hurried(wire.url, index_prefix, waits)
        index.create("g", DIMENSION)
        index.write("g", [entry(f"{n:03}") for n in range(100)])
        wire.fault(Cut(received=5000), times=1)
        assert [each.id for each in index.entries("g")] == [f"{n:03}" for n in range(100)]
        assert wire.fired == 1
        index.close()


def test_an_engine_without_vectors_says_which_plugin_it_lacks(
    proxy: HttpProxy, index_prefix: str, waits: Waits
) -> None:
    reason = "Failed to parse mapping [_doc]: No handler for type [knn_vector] declared on field [embedding]"
    told = {"type": "mapper_parsing_exception", "reason": reason}
    proxy.fault(
        lambda request, forward: Response.of(400, {"error": {**told, "root_cause": [told]}, "status": 400}),
        on=path(f"/{index_prefix}-g"),
    )
    with pytest.raises(ConfigurationError, match="the plugin opensearch-knn"):
        hurried(proxy.url, index_prefix, waits).create("g", DIMENSION)


def test_an_index_that_lost_a_shard_is_unavailable_and_not_half_an_answer(
    index: OpenSearchIndex, node: OpenSearch, index_prefix: str, waits: Waits, opensearch_node: Server
) -> None:
    real = f"{index_prefix}-red"
    body = mapping.body(index_prefix, DIMENSION, mapping.Design())
    body["settings"]["index"]["routing.allocation.require.nothing"] = "has this"
    node.indices.create(index=real, body=body, params={"wait_for_active_shards": "0"})
    impatient = hurried(opensearch_node.url, index_prefix, waits, timeout=2)
    for doing in ("search_text", "search_vector", "digests", "entries", "entries by id", "count", "of_buckets"):
        with pytest.raises(StoreUnavailable) as refused:
            ON_AN_INDEX[doing](impatient, "red")
        assert "_cluster/health" in refused.value.next_step
    impatient.close()
