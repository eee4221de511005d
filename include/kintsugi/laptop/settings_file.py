"""`airflow_settings.yaml`: connections, pools and variables in Astro's format, for an Airflow without the Astro CLI."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import ConfigurationError
from kintsugi.laptop.secrets import Secrets
from kintsugi.settings import Settings

OWN_CONNECTION = "kintsugi_airflow"
"""The connection to this very Airflow; what the file leaves empty is filled from the secrets."""

Body = dict[str, Any]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class AstroConnection(_Entry):
    """A connection. ``conn_extra`` may be a mapping or JSON in a string."""

    conn_id: str = Field(min_length=1)
    conn_type: str = Field(min_length=1)
    conn_host: str | None = None
    conn_schema: str | None = None
    conn_login: str | None = None
    conn_password: str | None = None
    conn_port: int | None = None
    conn_extra: dict[str, Any] | str | None = None

    def to_body(self) -> Body:
        """Return what Airflow's REST API takes."""
        extra = self.conn_extra
        return {
            "connection_id": self.conn_id,
            "conn_type": self.conn_type,
            "host": self.conn_host,
            "schema": self.conn_schema,
            "login": self.conn_login,
            "password": self.conn_password,
            "port": self.conn_port,
            "extra": json.dumps(extra) if isinstance(extra, dict) else extra,
        }


class AstroPool(_Entry):
    """A pool of ``pool_slot`` slots; -1 is without limit."""

    pool_name: str = Field(min_length=1)
    pool_slot: int = Field(ge=-1)
    pool_description: str | None = None

    def to_body(self) -> Body:
        """Return what Airflow's REST API takes."""
        return {"name": self.pool_name, "slots": self.pool_slot, "description": self.pool_description or ""}


class AstroVariable(_Entry):
    """A variable. Numbers, lists and mappings are kept as JSON."""

    variable_name: str = Field(min_length=1)
    variable_value: Any = None

    def to_body(self) -> Body:
        """Return what Airflow's REST API takes."""
        return {"key": self.variable_name, "value": "" if self.variable_value is None else self.variable_value}


class AirflowObjects(_Entry):
    """What the file holds."""

    connections: tuple[AstroConnection, ...] = ()
    pools: tuple[AstroPool, ...] = ()
    variables: tuple[AstroVariable, ...] = ()

    @field_validator("connections", "pools", "variables", mode="before")
    @classmethod
    def _written(cls, value: Any) -> Any:
        """Leave out what Astro's template leaves empty: a list without a value, an entry without a name."""
        if not isinstance(value, list):
            return value or ()
        return [each for each in value if not isinstance(each, dict) or any(v is not None for v in each.values())]

    def completed(self, secrets: Secrets) -> "AirflowObjects":
        """Return these with the connection to this very Airflow filled in where the file leaves it empty."""
        here = urlsplit(secrets.api_url)
        known = {
            "conn_schema": here.scheme,
            "conn_host": here.hostname,
            "conn_port": here.port,
            "conn_login": secrets.admin_user,
            "conn_password": secrets.admin_password,
        }
        return self.model_copy(update={"connections": tuple(_filled(each, known) for each in self.connections)})


class _File(_Entry):
    airflow: AirflowObjects


def settings_file_path(settings: Settings) -> Path:
    """Where the file lies: at the root of the checkout."""
    return settings.home / "airflow_settings.yaml"


def read_settings_file(path: Path) -> AirflowObjects:
    """Return what the file holds.

    Raises:
        ConfigurationError: the file is absent, not YAML, or has an unknown or wrong key; names the key.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path}: can't be read",
            expected="connections, pools and variables of Airflow in Astro's format",
            got=str(error),
            next_step="restore it with `git checkout airflow_settings.yaml`",
        ) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(
            f"{path}: not valid YAML", got=" ".join(str(error).split()), next_step="correct that line"
        ) from error
    try:
        return _File.model_validate(content).airflow
    except ValidationError as error:
        raise _explained(path, error) from None


def load_into_airflow(objects: AirflowObjects, client: AirflowClient) -> dict[str, int]:
    """Create or update all of them; doing it twice is doing it once. Return how many of each kind there are.

    Raises:
        SourceUnavailable: Airflow does not answer.
        TerminalError: Airflow refuses one.
    """
    bodies = {
        "connections": [each.to_body() for each in objects.connections],
        "pools": [each.to_body() for each in objects.pools],
        "variables": [each.to_body() for each in objects.variables],
    }
    for kind, entities in bodies.items():
        if entities:
            client.upsert(kind, entities)
    return {kind: len(entities) for kind, entities in bodies.items()}


def _filled(connection: AstroConnection, known: Body) -> AstroConnection:
    if connection.conn_id != OWN_CONNECTION:
        return connection
    return connection.model_copy(update={key: getattr(connection, key) or value for key, value in known.items()})


def _explained(path: Path, error: ValidationError) -> ConfigurationError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the file"
    if first["type"] == "extra_forbidden":
        return ConfigurationError(
            f"{path}: unknown key {where!r}",
            expected="the keys of Astro's airflow_settings.yaml",
            got=repr(first["input"]),
            next_step="correct or remove it",
        )
    return ConfigurationError(
        f"{path}: {where!r} is wrong", expected=first["msg"], got=repr(first["input"]), next_step="correct it"
    )
