"""A TCP proxy on loopback that breaks connections in the ways that networks do. Knows no protocol.

with Proxy(server.host, server.port) as proxy:
    client = pymongo.MongoClient(proxy.uri)
    proxy.fault(Cut(sent=100), times=1)   # in the middle of the next write
    …
    proxy.heal()
"""

import contextlib
import select
import socket
import struct
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

CHUNK = 65536
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Refuse:
    """Nobody gets in: every new connection is reset at once, an open one at its next byte or within 0.05 s."""


@dataclass(frozen=True)
class Cut:
    """Reset a connection after so many bytes of a direction, counted from when the fault began. ``None``: unlimited."""

    sent: int | None = None
    received: int | None = None


@dataclass(frozen=True)
class Slow:
    """Wait ``seconds`` before each piece of at most ``piece`` bytes; of answers, and of requests when ``both``."""

    seconds: float
    piece: int = CHUNK
    both: bool = False


@dataclass(frozen=True)
class BlackHole:
    """Take everything and pass on nothing; connections stay open."""


Fault = Refuse | Cut | Slow | BlackHole


class Connection:
    """A client's socket, the server's, and the bytes that passed since the present fault began."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.fault: Fault | None = None
        self.passed = dict.fromkeys(("sent", "received"), 0)

    def reset(self) -> None:
        """The client sees a reset, as after a crash; the server may still read what it was sent."""
        _reset(self.client)
        self.server.close()


class Proxy:
    """Forwards to ``host:port`` until told otherwise. One fault at a time; it applies to open connections too.

    Attributes:
        connections: how many were accepted so far.
        fired: how often the present fault, or the last one, has cut or refused a connection.
    """

    def __init__(self, host: str, port: int) -> None:
        self._upstream = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()
        self.connections = 0
        self.fired = 0
        self._fault: Fault | None = None
        self._left: int | None = None
        self._changed = threading.Event()
        self._closed = False
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._accept, daemon=True, name="proxy")]

    @property
    def url(self) -> str:
        """Its address as OpenSearch's clients want it."""
        return f"http://{self.host}:{self.port}"

    @property
    def uri(self) -> str:
        """Its address as MongoDB's clients want it."""
        return f"mongodb://{self.host}:{self.port}"

    def fault(self, fault: Fault, *, times: int | None = None) -> None:
        """Begin a fault. A `Cut` or `Refuse` heals itself after it struck ``times`` connections, when that is given."""
        with self._lock:
            self._fault, self._left, self.fired = fault, times, 0
            self._wake()

    def heal(self) -> None:
        """Forward again, whatever was wrong."""
        with self._lock:
            self._fault = None
            self._wake()

    def close(self) -> None:
        """Stop listening and cut what is open."""
        self._closed = True
        self.heal()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        for thread in self._threads:
            thread.join(timeout=1)
        self._listener.close()

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = threading.Event()

    def _strikes(self, fault: Fault) -> bool:
        """Count a connection as struck; ``False`` when the fault is over."""
        with self._lock:
            if self._fault is not fault:
                return False
            self.fired += 1
            if self._left is not None and self.fired >= self._left:
                self._fault = None
            return True

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            self.connections += 1
            fault = self._fault
            if isinstance(fault, Refuse) and self._strikes(fault):
                _reset(client)
                continue
            thread = threading.Thread(target=self._serve, args=(client,), daemon=True, name="proxy-connection")
            thread.start()
            self._threads.append(thread)

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._upstream, timeout=10)
        except OSError:
            _reset(client)
            return
        server.settimeout(None)
        connection = Connection(client, server)
        try:
            self._pump(connection)
        except OSError:
            pass  # a peer went away
        finally:
            connection.reset()

    def _pump(self, connection: Connection) -> None:
        """Forward both directions until one side ends; one thread, so that the order of what happens is clear."""
        while True:
            ready, _, _ = select.select([connection.client, connection.server], [], [], POLL_SECONDS)
            if self._closed or isinstance(self._fault, Refuse):
                return
            for source in ready:
                data = source.recv(CHUNK)
                if not data or not self._pass_on(connection, source, data):
                    return

    def _pass_on(self, connection: Connection, source: socket.socket, data: bytes) -> bool:
        """Forward as the present fault allows; ``False`` when the connection is over."""
        fault, changed = self._fault, self._changed
        if fault is not connection.fault:
            connection.fault, connection.passed = fault, {"sent": 0, "received": 0}
        sending = source is connection.client
        target = connection.server if sending else connection.client
        match fault:
            case BlackHole():
                return True
            case Cut():
                return self._cut(connection, fault, target, data, "sent" if sending else "received")
            case Slow() if fault.both or not sending:
                for start in range(0, len(data), fault.piece):
                    changed.wait(fault.seconds)
                    target.sendall(data[start : start + fault.piece])
            case _:
                target.sendall(data)
        return True

    def _cut(self, connection: Connection, fault: Cut, target: socket.socket, data: bytes, way: str) -> bool:
        limit = fault.sent if way == "sent" else fault.received
        room = len(data) if limit is None else limit - connection.passed[way]
        if len(data) > room and self._strikes(fault):
            target.sendall(data[: max(room, 0)])
            return False
        connection.passed[way] += len(data)
        target.sendall(data)
        return True


def _reset(side: socket.socket) -> None:
    """Close with a reset instead of a farewell."""
    with contextlib.suppress(OSError):  # closed by the peer already
        side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    side.close()
