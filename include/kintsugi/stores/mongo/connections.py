"""One client for each process, and a database that is known to be the platform's."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pymongo
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient, ReadPreference, WriteConcern
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from kintsugi.errors import TerminalError
from kintsugi.records import Record
from kintsugi.stores.mongo.errors import translated
from kintsugi.stores.mongo.ownership import MAJORITY, claim, hold, let_go, look
from kintsugi.stores.mongo.schema import BUILD_SECONDS, missing, offer_expiry
from kintsugi.stores.mongo.unreachable import built

Connect = Callable[[], MongoClient[Any]]
Raw = Collection[RawBSONDocument]

PATIENCE = 10.0
"""Seconds for an operation on a client that has no time-out of its own: one built by an Airflow connection, perhaps."""
UNKNOWN = "MongoDB"

_CONFIRMED = WriteConcern("majority")
_PLAIN: CodecOptions[dict[str, Any]] = CodecOptions(document_class=dict, tz_aware=True, tzinfo=UTC)
_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)


@dataclass
class Server:
    """What one process has opened.

    Attributes:
        where: the addresses and the database, without credentials.
        local: the database, read as the primary has it.
        majority: whether the server reads what a majority has confirmed.
        prepared: the classes whose collections have their indexes.
    """

    client: MongoClient[Any]
    where: str
    local: Database[dict[str, Any]]
    majority: bool = True
    prepared: set[type[Record]] = field(default_factory=set)

    @property
    def admin(self) -> Database[dict[str, Any]]:
        """The database for commands to the server, asked at the primary."""
        return self.client.get_database("admin", codec_options=_PLAIN, read_preference=ReadPreference.PRIMARY)

    def hello(self) -> dict[str, Any]:
        """Return how the primary introduces itself, its time included."""
        return self.admin.command("hello")

    def collection(self, kind: type[Record]) -> Raw:
        """Return the collection of a class: reads and writes are a majority's where the server knows one."""
        return Collection(
            cast(Database[RawBSONDocument], self.local),
            kind.collection,
            codec_options=_RAW,
            read_concern=MAJORITY if self.majority else ReadConcern("local"),
        )


class Connections:
    """Hands out this process's client.

    A forked child never uses or closes what its parent opened: both would talk on one socket. It opens its own and
    leaves the inherited client alone.
    """

    def __init__(self, connect: Connect, database: str, clock: Callable[[], float]) -> None:
        self._connect = connect
        self._database = database
        self._clock = clock
        self._inherited: list[Server] = []
        self._closed = False
        self._migration = ""
        self._reset()

    def _reset(self) -> None:
        self._process = os.getpid()
        self._opening = threading.RLock()
        self._server: Server | None = None
        self._claimed = False

    def ready_for(self, kind: type[Record]) -> Raw:
        """Return the collection of a class, with the indexes that it asks for."""
        server = self.open()
        if kind not in server.prepared:
            self._prepare(server, kind)
            server.prepared.add(kind)
        return server.collection(kind)

    def to_read(self, kind: type[Record]) -> Raw:
        """Return the collection of a class without writing to a database that nobody has claimed; it reads as empty."""
        server, is_ours = self.look()
        return self.ready_for(kind) if is_ours else server.collection(kind)

    def look(self) -> tuple[Server, bool]:
        """Return this process's server, and whether its database is the platform's; an empty one stays unclaimed.

        Raises as `open`.
        """
        server = self._connected()
        if not self._claimed:
            with self.waiting("open"):
                server.majority, is_ours = look(server.local, server.where, self._migration)
            if not is_ours:
                return server, False
        return self.open(), True

    def open(self) -> Server:
        """Return this process's server once its database is known to be the platform's.

        Raises:
            TerminalError: the store was closed.
            ConfigurationError: the server is too old, refuses the login, or the database belongs to somebody else.
            StoreUnavailable: no server answers.
        """
        server = self._connected()
        with self._opening:
            if not self._claimed:
                with self.waiting("open"):
                    at = server.hello().get("localTime") or datetime.fromtimestamp(self._clock(), UTC)
                    server.majority = claim(server.local, server.where, at, self._migration)
                self._claimed = True
        return server

    def _connected(self) -> Server:
        if self._closed:
            raise TerminalError(f"record store {self._name()}: used after close", next_step="open the platform again")
        if self._process != os.getpid():
            if self._server is not None:
                self._inherited.append(self._server)
            self._reset()
        with self._opening:
            if self._server is None:
                with built(f"record store {UNKNOWN}: connect"), translated(UNKNOWN, "connect"):
                    self._server = self._opened(self._connect())
            return self._server

    def hold(self, migration: str) -> None:
        """Open the database, which this migration may hold already, and let no other process open it from now on."""
        self._migration = migration
        server = self.open()
        with self.waiting("hold for a migration"):
            hold(server.local, server.where, migration)

    def let_go(self, migration: str) -> None:
        """Let other processes open the database again."""
        self._migration = migration
        server = self.open()
        with self.waiting("let go after a migration"):
            let_go(server.local, migration)

    @contextmanager
    def waiting(self, doing: str, seconds: float | None = None) -> Iterator[None]:
        """Translate what the block raises, and see that it ends.

        ``seconds`` replaces the client's own time-out; a client that has none gets `PATIENCE`.
        """
        server = self._server
        if server is None:
            raise TerminalError(f"record store: {doing}", next_step="open it first")
        options = server.client.options
        if seconds is None and options.timeout is None and options.pool_options.socket_timeout is None:
            seconds = PATIENCE
        with translated(server.where, doing), pymongo.timeout(seconds):
            yield

    def close(self) -> None:
        """Close this process's client."""
        self._closed = True
        if self._process == os.getpid() and self._server is not None:
            self._server.client.close()

    def _prepare(self, server: Server, kind: type[Record]) -> None:
        """Create the indexes that are missing; several processes may, since to create what is there is no change."""
        collection = server.local[kind.collection]
        with self.waiting(f"look at the indexes of {kind.collection}"):
            models, filled = missing(collection, kind)
        if models:
            with self.waiting(f"create indexes of {kind.collection}", BUILD_SECONDS if filled else None):
                collection.create_indexes(models)
        with self.waiting(f"create indexes of {kind.collection}"):
            offer_expiry(collection, kind)

    def _opened(self, client: MongoClient[Any]) -> Server:
        seeds = client.topology_description.server_descriptions()
        where = f"{','.join(f'{host}:{port}' if port else host for host, port in sorted(seeds))}/{self._database}"
        local = client.get_database(
            self._database,
            codec_options=_PLAIN,
            read_preference=ReadPreference.PRIMARY,
            write_concern=_CONFIRMED,
            read_concern=ReadConcern("local"),
        )
        return Server(client, where, local)

    def _name(self) -> str:
        return self._server.where if self._server is not None else UNKNOWN
