"""The driver's client, as the settings describe it."""

from typing import Any

from pymongo import MongoClient

from kintsugi.errors import ConfigurationError
from kintsugi.settings import MongoSettings
from kintsugi.stores.login import password_of, present
from kintsugi.stores.mongo.unreachable import built

APPLICATION = "kintsugi"


def connect(settings: MongoSettings) -> MongoClient[dict[str, Any]]:
    """Return a client, which connects at its first use.

    Raises:
        ConfigurationError: the URI or its options can't be read, or a file that the settings name isn't there.
        StoreUnavailable: the name of a ``mongodb+srv`` URI can't be resolved.
    """
    if not settings.uri:
        raise ConfigurationError(
            "setting 'mongo.uri'", expected="a URI mongodb://host:port", got="none", next_step="set it"
        )
    options: dict[str, Any] = {
        "appname": APPLICATION,
        # Half, so that the reason of a failed connection is known before the wait for a server ends.
        "connectTimeoutMS": milliseconds(settings.timeout / 2),
        "serverSelectionTimeoutMS": milliseconds(settings.timeout),
        "timeoutMS": milliseconds(settings.timeout),  # of an operation with all its retries
    }
    if settings.username:
        options |= {"username": settings.username, "password": password_of("mongo", settings)}
    if settings.ca_file is not None:
        options |= {"tls": True, "tlsCAFile": str(present("mongo.ca_file", settings.ca_file))}
    with built("setting 'mongo.uri'"):
        return MongoClient(settings.uri, **options)


def milliseconds(seconds: float) -> int:
    """Return a time-out as the driver's options take it."""
    return max(1, round(seconds * 1000))
