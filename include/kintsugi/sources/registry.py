"""The sources that the platform knows by name."""

import json
from collections.abc import Callable

from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import ConfigurationError
from kintsugi.platform import Platform
from kintsugi.records import Labels
from kintsugi.settings import Settings
from kintsugi.sources.airflow import AirflowSource
from kintsugi.sources.folder import FolderSource
from kintsugi.sources.port import Source

INBOX_LABELS = Labels(trust="untrusted")
RUNBOOK_LABELS = Labels(trust="trusted")


def open_source(platform: Platform, name: str, *, airflow: AirflowClient | None = None) -> Source:
    """Return the source of this name.

    Args:
        platform: whose settings say where folders and secrets are.
        name: one of `SOURCES`.
        airflow: the client for source ``airflow``; without it one is made from the platform's secrets file.

    Raises:
        ConfigurationError: no such source, or no credentials for it.
    """
    opener = _OPENERS.get(name)
    if opener is None:
        raise ConfigurationError(
            f"unknown source {name!r}",
            expected="one of " + ", ".join(SOURCES),
            next_step="correct the name; `kintsugi ingest PATH --source NAME` takes any folder under a name of its own",
        )
    return opener(platform.settings, airflow)


def max_bytes(settings: Settings) -> int:
    """Return the size limit of a document in bytes."""
    return int(settings.ingest.max_document_mb * 1e6)


def _airflow(settings: Settings, client: AirflowClient | None) -> Source:
    return AirflowSource(client or airflow_client(settings))


def _runbooks(settings: Settings, client: AirflowClient | None) -> Source:
    return FolderSource("runbooks", settings.runbooks, RUNBOOK_LABELS, max_bytes=max_bytes(settings))


def _inbox(settings: Settings, client: AirflowClient | None) -> Source:
    return FolderSource("inbox", settings.inbox, INBOX_LABELS, max_bytes=max_bytes(settings))


_OPENERS: dict[str, Callable[[Settings, AirflowClient | None], Source]] = {
    "airflow": _airflow,
    "runbooks": _runbooks,
    "inbox": _inbox,
}
SOURCES = tuple(_OPENERS)
MADE_HERE = ("expertise", "trajectories")
"""Names under which the platform keeps what it makes itself; nobody else may bring documents under them."""


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
