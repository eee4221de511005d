"""Airflow's connections `kintsugi_mongo` and `kintsugi_opensearch`: which engine they choose."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from kintsugi.errors import ConfigurationError
from kintsugi.settings import Settings
from kintsugi.stores.place import Place, mongo_place, opensearch_place, without_secrets

MONGO = "kintsugi_mongo"
OPENSEARCH = "kintsugi_opensearch"
ROLES = {MONGO: "records", OPENSEARCH: "index"}


@dataclass(frozen=True)
class ConnectionAddress:
    """A connection without its login. ``schema`` is MongoDB's database."""

    name: str
    host: str = ""
    port: int | None = None
    schema: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address as our settings write it.

        Raises:
            ConfigurationError: host or port are missing or wrong.
        """
        port = f":{self.port}" if self.port else ""
        if self.name == MONGO:
            return self._valid(mongo_place, f"mongodb{'+srv' if self._says('srv') else ''}://{self.host}{port}")
        secure = self._says("use_ssl") or self.extra.get("scheme") == "https"
        return self._valid(opensearch_place, f"http{'s' if secure else ''}://{self.host}{port}")

    def place(self, settings: Settings) -> Place:
        """Return the place that it names, with one role set; what it leaves open is as in the settings."""
        if self.name == MONGO:
            return Place(records=mongo_place(self.url, self.schema or settings.mongo.database))
        return Place(index=opensearch_place(self.url, settings.opensearch.prefix))

    def _says(self, key: str) -> bool:
        return str(self.extra.get(key, "")).lower() in ("true", "1")

    def _valid(self, place: Callable[[str, str], str], address: str) -> str:
        try:
            place(address, "kintsugi")
        except ValueError as error:
            raise ConfigurationError(
                f"connection {self.name}: not an address",
                expected=str(error),
                got=without_secrets(address),
                next_step="correct host and port under Admin → Connections",
            ) from None
        return address


def from_variables(environ: Mapping[str, str]) -> list[ConnectionAddress]:
    """Return those of the two that ``AIRFLOW_CONN_…`` variables define, as JSON or as an address."""
    found = ((name, environ.get(f"AIRFLOW_CONN_{name.upper()}", "")) for name in ROLES)
    return [_read(name, value) for name, value in found if value]


def of_fields(name: str, fields: Mapping[str, Any]) -> ConnectionAddress:
    """Return a connection from Airflow's own field names; ``extra`` may be a mapping or JSON in a string."""
    extra = fields.get("extra") or {}
    if isinstance(extra, str):
        try:
            extra = json.loads(extra)
        except ValueError:
            extra = {}
    port = str(fields.get("port") or "")
    return ConnectionAddress(
        name,
        host=str(fields.get("host") or ""),
        port=int(port) if port.isdigit() else None,
        schema=str(fields.get("schema") or ""),
        extra=extra if isinstance(extra, Mapping) else {},
    )


def _read(name: str, value: str) -> ConnectionAddress:
    if value.lstrip().startswith("{"):
        try:
            return of_fields(name, json.loads(value))
        except ValueError:
            return ConnectionAddress(name)
    parts = urlsplit(value)
    query = dict(parse_qsl(parts.query))
    extra = query.pop("__extra__", None) or query
    host, _, port = parts.netloc.rpartition("@")[2].partition(":")
    fields = {"host": unquote(host), "port": port, "schema": unquote(parts.path.strip("/")), "extra": extra}
    return of_fields(name, fields)
