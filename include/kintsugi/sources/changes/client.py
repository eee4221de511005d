"""A client of the MongoDB that a source's entry or connection names."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kintsugi.errors import ConfigurationError
from kintsugi.sources.credentials import Credentials
from kintsugi.stores.place import mongo_place

if TYPE_CHECKING:
    from pymongo import MongoClient

_PATIENCE = 10_000
_ANSWER = 300_000
_PASSED_ON = ("authSource", "authMechanism", "replicaSet", "tls", "tlsCAFile", "directConnection", "readPreference")


def address_of(source: str, uri: str, credentials: Credentials | None) -> str:
    """Return the address without a login: the entry's, else the connection's.

    Raises:
        ConfigurationError: neither names a server.
    """
    if uri:
        return uri
    if credentials is None or not credentials.host:
        raise ConfigurationError(
            f"source {source}: no server",
            expected="uri in the source's options, or a connection with a host",
            next_step="set one of them",
        )
    if credentials.conn_type.endswith("+srv") or str(credentials.extra.get("srv", "")).lower() == "true":
        return f"mongodb+srv://{credentials.host}"
    return f"mongodb://{credentials.host}" + (f":{credentials.port}" if credentials.port else "")


def client_of(source: str, address: str, credentials: Credentials | None) -> "MongoClient[Any]":
    """Return a client, which connects at its first use.

    Raises:
        ConfigurationError: the driver can't work with address or options.
        StoreUnavailable: the name of a ``mongodb+srv`` address can't be resolved.
    """
    from pymongo import MongoClient

    from kintsugi.stores.mongo.unreachable import built

    options: dict[str, Any] = {
        "appname": "kintsugi",
        "connectTimeoutMS": _PATIENCE // 2,
        "serverSelectionTimeoutMS": _PATIENCE,
        "socketTimeoutMS": _ANSWER,
        **_options(credentials.extra if credentials else {}),
    }
    if credentials is not None and credentials.login:
        options |= {"username": credentials.login, "password": credentials.password}
    with built(f"source {source}: connect"):
        return MongoClient(address, **options)


def place_of(address: str) -> str:
    """Return scheme and hosts of an address, for locators."""
    try:
        return mongo_place(address, None).rpartition("/")[0]
    except ValueError:  # a socket, perhaps
        return "mongodb:"


def _options(extra: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: extra[name] for name in _PASSED_ON if extra.get(name)}
    return {name: _flag(value) for name, value in found.items()}


def _flag(value: Any) -> Any:
    return {"true": True, "false": False}.get(str(value).lower(), value)
