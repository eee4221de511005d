"""What it takes to log in somewhere: an Airflow connection in plain terms, without Airflow."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from kintsugi.errors import ConfigurationError

VARIABLE = "AIRFLOW_CONN_"
_EXTRA = "__extra__"


@dataclass(frozen=True)
class Credentials:
    """A connection's fields, as Airflow names them. The password is not shown by ``repr``."""

    connection: str
    conn_type: str = ""
    host: str = ""
    port: int | None = None
    login: str = ""
    password: str = field(default="", repr=False)
    schema: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def http_url(self) -> str:
        """Return ``scheme://host:port`` for HTTP; the scheme is the connection's schema, ``http`` by default.

        A host may be a URL of its own, with scheme and path; the port is put into it where it has none.
        """
        if "://" in self.host:
            scheme, _, rest = self.host.rstrip("/").partition("://")
            netloc, slash, path = rest.partition("/")
            has_port = netloc.rpartition("@")[2].rpartition("]")[2].count(":")
            return f"{scheme}://{netloc}" + (f":{self.port}" if self.port and not has_port else "") + slash + path
        scheme = self.schema or "http"
        return f"{scheme}://{self.host}" + (f":{self.port}" if self.port else "")


def from_environment(connection: str, environ: Mapping[str, str]) -> Credentials | None:
    """Return a connection from its variable ``AIRFLOW_CONN_<ID>`` (a URI or JSON), as Airflow reads it; else ``None``.

    Raises:
        ConfigurationError: the variable holds neither.
    """
    value = environ.get(VARIABLE + connection.upper())
    if not value:
        return None
    try:
        return _from_json(connection, value) if value.lstrip().startswith("{") else _from_uri(connection, value)
    except (ValueError, TypeError, AttributeError):
        raise ConfigurationError(
            f"variable {VARIABLE}{connection.upper()}: not a connection",
            expected="a URI like postgresql://login:password@host:5432/schema, or JSON with conn_type, host, login …",
            next_step="correct it (its value is not shown here: it may hold a password)",
        ) from None


def _from_json(connection: str, value: str) -> Credentials:
    fields = json.loads(value)
    extra = fields.get("extra") or {}
    return Credentials(
        connection=connection,
        conn_type=str(fields.get("conn_type") or ""),
        host=str(fields.get("host") or ""),
        port=int(fields["port"]) if fields.get("port") else None,
        login=str(fields.get("login") or ""),
        password=str(fields.get("password") or ""),
        schema=str(fields.get("schema") or ""),
        extra=json.loads(extra) if isinstance(extra, str) else dict(extra),
    )


def _from_uri(connection: str, value: str) -> Credentials:
    parts = urlsplit(value)
    if not parts.scheme:
        raise ValueError("no scheme")
    return Credentials(
        connection=connection,
        conn_type=parts.scheme.replace("-", "_"),
        host=unquote(parts.hostname or ""),
        port=parts.port,
        login=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        schema=unquote(parts.path.lstrip("/")),
        extra=_extra(dict(parse_qsl(parts.query))),
    )


def _extra(query: Mapping[str, str]) -> dict[str, Any]:
    """Return the extra that a URI's query is, or what stands in it as JSON where nested values need that."""
    return dict(json.loads(query[_EXTRA])) if _EXTRA in query else dict(query)
