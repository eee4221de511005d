"""What a server offers: asked of the server itself, by doing each thing once."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.errors import OperationFailure, PyMongoError

from kintsugi.stores.engine import Capability, EngineReport
from kintsugi.stores.mongo.connections import Connections, Server
from kintsugi.stores.mongo.ownership import MAJORITY, SCRATCH

_VECTOR_SEARCH = {
    "$vectorSearch": {"index": "probe", "path": "v", "queryVector": [0.0, 1.0], "numCandidates": 1, "limit": 1}
}
_RANK_FUSION = {"$rankFusion": {"input": {"pipelines": {"probe": [{"$sort": {"_id": 1}}]}}}}
_NO_SUCH_COMMAND = 59

ABANDONED = timedelta(hours=1)
"""A scratch collection as old as this is nobody's any more: probing takes seconds."""

_TOPOLOGIES = {"mongos": "a sharded cluster", "member": "a replica set", "alone": "a standalone server"}


@dataclass(frozen=True)
class _Probed:
    """What the probes work on."""

    server: Server
    hello: dict[str, Any]
    scratch: Collection[dict[str, Any]]

    @property
    def role(self) -> str:
        """``mongos``, ``member`` (of a replica set) or ``alone``."""
        if self.hello.get("msg") == "isdbgrid":
            return "mongos"
        return "member" if self.hello.get("setName") else "alone"


def report(connections: Connections) -> EngineReport:
    """Probe the server, in a scratch collection of this call's own that is removed afterwards.

    A database that isn't claimed yet isn't written to: its name may be a mistake. Then only what needs no write is
    asked.

    Raises:
        StoreUnavailable: it can't be reached.
        ConfigurationError: it is too old, refuses the login, or the database belongs to somebody else.
    """
    server, is_ours = connections.look()
    with connections.waiting("ask the server what it is"):
        hello = server.hello()
        version = str(server.client.server_info().get("version", "unknown"))
    on = _Probed(server, hello, server.local[f"{SCRATCH}_{ObjectId()}"])
    found = []
    try:
        if is_ours:
            with connections.waiting("probe the server"):
                _remove_abandoned(server)
                on.scratch.replace_one({"_id": "probe"}, {"_id": "probe"}, upsert=True)
        for name, (probe, used, otherwise) in _PROBES.items():
            if not is_ours and probe not in _WRITES_NOTHING:
                found.append(Capability(name, present=False, detail="asked once the platform has written here"))
                continue
            with connections.waiting(f"probe {name}"):
                found.append(_capability(name, probe, used, otherwise, on))
    finally:
        if is_ours:
            with contextlib.suppress(PyMongoError):
                on.scratch.drop()
    return EngineReport("records", "MongoDB", version, server.where, (_topology(on), *found))


def _remove_abandoned(server: Server) -> None:
    """Remove what a killed process left behind; the id in a collection's name tells its age."""
    for name in server.local.list_collection_names(authorizedCollections=True, nameOnly=True):
        made = name.removeprefix(f"{SCRATCH}_") if name.startswith(SCRATCH) else ""
        if not ObjectId.is_valid(made):
            continue
        if datetime.now(UTC) - ObjectId(made).generation_time > ABANDONED:
            server.local.drop_collection(name)


def _capability(name: str, probe: "Probe", used: bool, otherwise: str, on: _Probed) -> Capability:
    try:
        seen = probe(on)
    except OperationFailure as error:
        if error.timeout:
            raise
        said = str((error.details or {}).get("errmsg", error))
        return Capability(name, present=False, detail=f"{otherwise} (code {error.code}: {said[:120]})")
    if seen is None:
        return Capability(name, present=False, detail=otherwise)
    return Capability(name, present=True, used=used, detail=seen)


Probe = Callable[[_Probed], str | None]
"""Returns what it saw, or ``None`` where the server doesn't offer it; a refusal by the server is also an answer."""


def _topology(on: _Probed) -> Capability:
    name = str(on.hello.get("setName", ""))
    detail = f"{_TOPOLOGIES[on.role]} {name}".strip()
    return Capability("replica set", present=on.role != "alone", used=on.role != "alone", detail=detail)


def _majority(on: _Probed) -> str | None:
    return "reads see what a majority has confirmed" if on.server.majority else None


def _retryable_writes(on: _Probed) -> str | None:
    if on.role == "alone" or on.hello.get("logicalSessionTimeoutMinutes") is None:
        return None
    if not on.server.client.options.retry_writes:
        return None
    on.scratch.bulk_write([UpdateOne({"_id": "probe"}, {"$set": {"retried": True}})])
    return "a write whose answer is lost is sent again, and done once"


def _transactions(on: _Probed) -> str | None:
    with on.server.client.start_session() as session:
        session.start_transaction()
        try:
            on.scratch.find_one({"_id": "probe"}, session=session)
        finally:
            with contextlib.suppress(PyMongoError):
                session.abort_transaction()
    return "not needed: every change is one document's"


def _change_streams(on: _Probed) -> str | None:
    with on.scratch.with_options(read_concern=MAJORITY).watch(max_await_time_ms=1) as stream:
        stream.try_next()
    return "not needed: readers ask by watermark"


def _expiry(on: _Probed) -> str | None:
    name = on.scratch.create_index("at", expireAfterSeconds=3600)
    if on.scratch.index_information().get(name, {}).get("expireAfterSeconds") != 3600:
        return None
    # Taking the index is not yet reaping. A server that reaps has a switch for it, though not for all to see.
    try:
        if not on.server.admin.command({"getParameter": 1, "ttlMonitorEnabled": 1}).get("ttlMonitorEnabled"):
            return None
    except OperationFailure as error:
        if error.code == _NO_SUCH_COMMAND:
            return None
    return "drops suspects and budgets that nobody asks for any more; nothing relies on it"


def _server_time(on: _Probed) -> str | None:
    return "leases and watermarks live by the primary's clock" if on.hello.get("localTime") is not None else None


def _stage(stage: dict[str, Any]) -> Probe:
    def probe(on: _Probed) -> str | None:
        list(on.scratch.aggregate([stage]))
        return "not needed: the index does this"

    return probe


_PROBES: dict[str, tuple[Probe, bool, str]] = {
    "majority reads": (_majority, True, "reads see what the primary has"),
    "retryable writes": (_retryable_writes, True, "a lost answer is reported, and the write is done again"),
    "server time": (_server_time, True, "the local clock: keep the machines' clocks together"),
    "TTL": (_expiry, True, "nothing is dropped by the server; nothing relies on it"),
    "transactions": (_transactions, False, "not needed: every change is one document's"),
    "change streams": (_change_streams, False, "not needed: readers ask by watermark"),
    "$vectorSearch": (_stage(_VECTOR_SEARCH), False, "not needed: the index does this"),
    "$rankFusion": (_stage(_RANK_FUSION), False, "not needed: the index does this"),
}
"""What is probed, in the order to show: the probe, whether the platform uses it, and what it does without."""

_WRITES_NOTHING = (_majority, _server_time)
