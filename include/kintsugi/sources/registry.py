"""The sources that the platform knows by name: opened from their entries in `sources.yaml`."""

import json
import os
from collections.abc import Mapping

from kintsugi.airflow_rest import AirflowClient
from kintsugi.documents.identity import digest
from kintsugi.errors import ConfigurationError
from kintsugi.platform import Platform
from kintsugi.records import SourceSchema
from kintsugi.sensitive.policy import Policy
from kintsugi.settings import Settings
from kintsugi.sources.config import SourceConfig, load_sources
from kintsugi.sources.credentials import Credentials, from_environment
from kintsugi.sources.kind import Opening
from kintsugi.sources.port import Source

_ABOUT_DOCUMENTS = {"kind", "partition", "connection", "labels", "sensitive", "wrong_cells", "options"}


def source_names(settings: Settings) -> tuple[str, ...]:
    """Return the names of the sources that are enabled, in the file's order."""
    return tuple(each.name for each in configured(settings).values())


def configured(settings: Settings) -> Mapping[str, SourceConfig]:
    """Return the entries that are enabled, by name."""
    return {name: each for name, each in load_sources(settings).sources.items() if each.enabled}


def config_of(settings: Settings, name: str) -> SourceConfig:
    """Return a source's entry.

    Raises:
        ConfigurationError: there is no such entry, or it can't be used.
    """
    found = load_sources(settings)
    entry = found.sources.get(name)
    if entry is not None:
        return entry
    for error in found.errors:
        if f"source {name}" in error.what.replace(",", " ").split(": ", 1)[-1]:
            raise error
    raise ConfigurationError(
        f"unknown source {name!r}",
        expected="one of " + ", ".join(found.sources),
        next_step="correct the name; `kintsugi ingest PATH --source NAME` takes any folder under a name of its own",
    )


def entry_digest_of(settings: Settings, name: str) -> str:
    """Return a digest of what an entry says about its documents; "" for a source that has no entry."""
    entry = load_sources(settings).sources.get(name)
    return digest(entry.model_dump_json(include=_ABOUT_DOCUMENTS)) if entry else ""


def policy_of(settings: Settings, name: str) -> Policy:
    """Return what happens to sensitive text of a source; the default for one that has no entry."""
    entry = load_sources(settings).sources.get(name)
    return entry.sensitive if entry else Policy()


def open_source(
    platform: Platform,
    name: str,
    *,
    credentials: Credentials | None = None,
    airflow: AirflowClient | None = None,
) -> Source:
    """Return the source of this name.

    Args:
        platform: whose settings and records it uses.
        name: an entry of ``sources.yaml``.
        credentials: what the entry's connection holds; else its variable ``AIRFLOW_CONN_<ID>`` is looked for.
        airflow: a client of the platform's own Airflow.

    Raises:
        ConfigurationError: no such source, or no credentials for it.
        StoreUnavailable: the records, which hold the agreed names of its columns, could not be read.
    """
    config = config_of(platform.settings, name)
    if credentials is None and config.connection:
        credentials = from_environment(config.connection, os.environ)
    opening = Opening(
        config=config,
        options=config.typed_options(),
        settings=platform.settings,
        clock=platform.clock,
        records=lambda: platform.records,
        credentials=credentials,
        mapping=agreed_names(platform, name),
        airflow=airflow,
    )
    return config.of_kind().open(opening)


def agreed_names(platform: Platform, name: str) -> Mapping[str, str]:
    """Return the renamings of a source's columns that were agreed on, from present to agreed names."""
    schema = platform.records.get(SourceSchema, name)
    return schema.mapping if schema else {}


def require_credentials(opening: Opening) -> Credentials:
    """Return what the entry's connection holds.

    Raises:
        ConfigurationError: nothing was found under that name.
    """
    if opening.credentials is None:
        name = opening.config.connection
        raise ConfigurationError(
            f"source {opening.config.name}: no connection {name or 'is named'}",
            expected="an Airflow connection with its address and login",
            got=f"none of the name {name!r}, and no variable AIRFLOW_CONN_{name.upper()}" if name else "",
            next_step="add it under Admin → Connections; the command line doesn't see those: set the variable for it, "
            "or trigger the DAG probe_sources",
        )
    return opening.credentials


def max_bytes(settings: Settings) -> int:
    """Return the size limit of a document in bytes."""
    return int(settings.ingest.max_document_mb * 1e6)


def airflow_client(settings: Settings) -> AirflowClient:
    """Return a client of the platform's own Airflow, with the address and password that `kintsugi up` wrote.

    Raises:
        ConfigurationError: the file is not there yet, or lacks something.
    """
    path = settings.secrets_path
    try:
        secrets = json.loads(path.read_text())
        return AirflowClient(secrets["api_url"], secrets["admin_user"], secrets["admin_password"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"source airflow: no usable credentials in {path}",
            expected="a JSON file with api_url, admin_user and admin_password",
            got=f"{type(error).__name__}: {error}",
            next_step="run `kintsugi up`, which writes it, or pass a client",
        ) from error
