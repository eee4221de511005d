"""Where an engine is, written in one way, so that two descriptions of it can be compared; never with a login."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from kintsugi.settings import Settings

MONGO_PORT = 27017
OPENSEARCH_PORTS = {"https": 443, "http": 80}
LOOPBACK = ("127.0.0.1", "localhost", "::1")

_LOGIN = re.compile(r"://.*@|[^\s:/@'\"]+:\S*@", re.DOTALL)
_SECRET_OPTION = re.compile(r"([?&;][^=&;]*(?:password|properties|secret|token)[^=&;]*=)[^&]*", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """Where the two stores of a platform are.

    Attributes:
        records: ``mongodb://host:port/database``; empty for SQLite below ``var``.
        index: ``https://host:port/prefix-*``; empty for LanceDB below ``var``.
    """

    records: str = ""
    index: str = ""


def place_of(settings: "Settings") -> Place:
    """Return where these settings put the stores."""
    mongo, opensearch = settings.mongo, settings.opensearch
    return Place(
        records=mongo_place(mongo.uri, mongo.database) if mongo.uri else "",
        index=opensearch_place(opensearch.url, opensearch.prefix) if opensearch.url else "",
    )


def shown(settings: "Settings", place: Place) -> Place:
    """Return the place in words: the path of an embedded engine where nothing else is named."""
    return Place(place.records or str(settings.records_path), place.index or str(settings.index_path))


def mongo_place(uri: str, database: str | None) -> str:
    """Return scheme, hosts (lower case, sorted, with ports) and database.

    Args:
        uri: the address, without a login.
        database: the platform's; ``None`` leaves out the comparison with one that the address names.

    Raises:
        ValueError: not the address of a MongoDB; says what is wrong.
    """
    if "@" in uri:  # wherever it is: a password that isn't percent-encoded may hold any character
        raise ValueError("an address without a login: that belongs in mongo.username and mongo.password_file")
    match = re.fullmatch(r"(mongodb(?:\+srv)?)://([^/?#]*)(?:/([^?#]*))?(?:\?.*)?", uri)
    if match is None:
        raise ValueError("an address that begins with mongodb:// or mongodb+srv://")
    scheme, hosts, path = match.groups()
    if path and database is not None and path != database:
        raise ValueError(
            f"the address to name no other database than mongo.database, {database!r}, and not {path!r}; "
            "where users are kept elsewhere, add ?authSource=…"
        )
    if scheme == "mongodb+srv":
        if not re.fullmatch(r"[^:,\s]+", hosts):
            raise ValueError("one host without a port after mongodb+srv://")
        return f"{scheme}://{hosts.lower()}/{database}"
    return f"{scheme}://{','.join(sorted(_mongo_host(each) for each in hosts.split(',')))}/{database}"


def opensearch_place(url: str, prefix: str) -> str:
    """Return the addresses (lower case, sorted, with ports) and the prefix of the indexes.

    Raises:
        ValueError: not the addresses of an OpenSearch; says what is wrong.
    """
    if "@" in url:
        raise ValueError("an address without a login: that belongs in opensearch.username and opensearch.password_file")
    hosts = sorted(_opensearch_host(each) for each in url.split(","))
    if len({each.partition("://")[0] for each in hosts}) > 1:
        raise ValueError("addresses that all begin with https://, or all with http://")
    return f"{','.join(hosts)}/{prefix}-*"


def in_the_clear(url: str) -> list[str]:
    """Return those of OpenSearch's addresses to which a login would travel unencrypted through a network."""
    parts = (urlsplit(each.strip()) for each in url.split(","))
    return [each.netloc for each in parts if each.scheme == "http" and each.hostname not in LOOPBACK]


def without_secrets(text: str) -> str:
    """Return the text with what may be a login or a secret option of an address in it left out.

    Rather too much goes than too little: a password that isn't percent-encoded may hold an @, a slash or a space, so
    everything from the first ``://`` to the last @ does.
    """
    text = _LOGIN.sub(lambda found: "://…@" if found[0].startswith("://") else "…@", text)
    return _SECRET_OPTION.sub(r"\1…", text)


def _mongo_host(host: str) -> str:
    name, port = _split(host)
    if name.startswith("/") or "%2f" in name.lower():
        raise ValueError("a host and port; sockets of this machine alone are not supported")
    return f"{name}:{port or MONGO_PORT}"


def _opensearch_host(url: str) -> str:
    parts = urlsplit(url.strip())
    if parts.scheme not in OPENSEARCH_PORTS:
        raise ValueError("addresses that begin with https:// or http://, several with commas")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("an address that ends after host and port")
    name, port = _split(parts.netloc)
    return f"{parts.scheme}://{name}:{port or OPENSEARCH_PORTS[parts.scheme]}"


def _split(host: str) -> tuple[str, int | None]:
    """Return name and port of ``name:port``; the name may be an IPv6 address in brackets."""
    match = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^\s:\[\]]+)(?::(\d{1,5}))?", host.strip())
    if match is None or not 0 < int(match[2] or 1) < 65536:
        raise ValueError("a host, or host:port with a port from 1 to 65535")
    return match[1].lower(), int(match[2]) if match[2] else None
