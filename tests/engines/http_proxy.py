"""An HTTP proxy on loopback that hurts single requests, so that a test can say which, and how often.

with HttpProxy(node.host, node.port) as proxy:
    proxy.fault(RefusedItems(ids("b")), on=bulk, times=1)
    …
    assert [item.id for item in proxy.requests(bulk)[-1].items] == ["b"]
"""

import gzip
import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.engines.http_faults import CutConnection, Fault, Request, Response

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "accept-encoding", "content-encoding", "host"}
UPSTREAM_SECONDS = 60

On = Callable[[Request], bool]


def anything(request: Request) -> bool:
    """Every request."""
    return True


def bulk(request: Request) -> bool:
    """Requests that write in bulk."""
    return request.is_bulk


def path(ending: str) -> On:
    """Requests whose path ends so."""
    return lambda request: request.path.endswith(ending)


@dataclass
class _Active:
    fault: Fault
    on: On
    left: int | None


class HttpProxy:
    """Forwards requests to ``host:port``; of several faults, the first that wants a request has it.

    Compression is taken off on the way, both ways. Raw faults of connections: put a `proxy.Proxy` before or behind it.
    """

    def __init__(self, host: str, port: int) -> None:
        self._upstream = (host, port)
        self._active: list[_Active] = []
        self._seen: list[Request] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self.host, self.port = "127.0.0.1", self._server.server_port

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{self.host}:{self.port}"

    def fault(self, fault: Fault, *, on: On = anything, times: int | None = None) -> None:
        """Let ``fault`` answer the requests that ``on`` chooses, the next ``times`` of them when given."""
        with self._lock:
            self._active.append(_Active(fault, on, times))

    def heal(self) -> None:
        """Forward everything again."""
        with self._lock:
            self._active.clear()

    def requests(self, on: On = anything) -> list[Request]:
        """What was asked so far, as the client sent it, in the order of arrival."""
        with self._lock:
            return [request for request in self._seen if on(request)]

    def forget(self) -> None:
        """Count requests from now on."""
        with self._lock:
            self._seen.clear()

    def answer(self, request: Request) -> Response:
        """Answer as the faults want it; raises `CutConnection` when there shall be no answer."""
        with self._lock:
            self._seen.append(request)
            active = next((each for each in self._active if each.on(request)), None)
            if active is not None and active.left is not None:
                active.left -= 1
                if active.left <= 0:
                    self._active.remove(active)
        return self.forward(request) if active is None else active.fault(request, self.forward)

    def forward(self, request: Request) -> Response:
        """Ask the server itself."""
        connection = http.client.HTTPConnection(*self._upstream, timeout=UPSTREAM_SECONDS)
        try:
            address = f"{request.path}?{request.query}" if request.query else request.path
            connection.request(request.method, address, request.body or None, dict(request.headers))
            answer = connection.getresponse()
            kept = tuple((key, value) for key, value in answer.getheaders() if key.lower() not in HOP)
            return Response(answer.status, kept, answer.read())
        except OSError as error:
            raise CutConnection from error
        finally:
            connection.close()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="http-proxy").start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler_of(proxy: HttpProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            try:
                response = proxy.answer(self._request())
                self._send(response)
            except (CutConnection, ConnectionError):
                self.close_connection = True

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = handle_any

        def log_message(self, format: str, *arguments: object) -> None:
            """Tests look at `HttpProxy.requests`."""

        def _request(self) -> Request:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            kept = tuple((key, value) for key, value in self.headers.items() if key.lower() not in HOP)
            parts = urlsplit(self.path)
            return Request(self.command, parts.path, parts.query, kept, body)

        def _send(self, response: Response) -> None:
            self.send_response(response.status)
            for key, value in response.headers:
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.body)

    return Handler
