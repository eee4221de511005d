"""The driver's client, as the settings describe it."""

from pathlib import Path
from typing import Any

from pymongo import MongoClient

from kintsugi.errors import ConfigurationError
from kintsugi.settings import MongoSettings
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
        **_login(settings),
    }
    if settings.ca_file is not None:
        options |= {"tls": True, "tlsCAFile": str(_present("mongo.ca_file", settings.ca_file))}
    with built("setting 'mongo.uri'"):
        return MongoClient(settings.uri, **options)


def milliseconds(seconds: float) -> int:
    """Return a time-out as the driver's options take it."""
    return max(1, round(seconds * 1000))


def _login(settings: MongoSettings) -> dict[str, str]:
    password = settings.password.get_secret_value()
    if settings.password_file is not None:
        password = _read(_present("mongo.password_file", settings.password_file))
    if not settings.username:
        if password:
            raise ConfigurationError(
                "setting 'mongo.username'", expected="the user that the password is for", got="none", next_step="set it"
            )
        return {}
    return {"username": settings.username, "password": password}


def _present(key: str, path: Path) -> Path:
    if not path.is_file():
        raise ConfigurationError(f"setting {key!r}", expected="a file", got=str(path), next_step="correct the path")
    return path


def _read(path: Path) -> str:
    try:
        return path.read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            "setting 'mongo.password_file'",
            expected="a text file that this user may read",
            got=f"{path}: {error}" if isinstance(error, OSError) else f"{path}: not UTF-8",
            next_step="correct its permissions or its content",
        ) from None
