"""From Airflow's terms to the platform's: connections and context in, a wired platform and provenance out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import ConfigurationError, TerminalError
from kintsugi.platform import Platform
from kintsugi.records import RunRef
from kintsugi.settings import load_settings
from kintsugi.sources.credentials import Credentials
from kintsugi_airflow.engines import open_platform

if TYPE_CHECKING:
    from kintsugi.healing.orchestrator import Orchestrator
    from kintsugi.sources.port import Source

AIRFLOW_CONNECTION = "kintsugi_airflow"


@contextmanager
def opened() -> Iterator[Platform]:
    """Open the platform that Airflow's connections and this process's environment describe, and close it again."""
    platform = open_platform()
    try:
        yield platform
    finally:
        platform.close()


def run_ref(context: Any) -> RunRef:
    """Return the provenance of what the current task writes."""
    ti = context["ti"]
    return RunRef(dag=ti.dag_id, run_id=ti.run_id, task=ti.task_id, try_number=ti.try_number)


def wake(platform: "Platform", name: str, event: Any, partition: str, context: Any) -> None:
    """Send a consumer's event; skipped while another producer's is under way, since that run sees this work too."""
    from airflow.sdk.exceptions import AirflowSkipException

    from kintsugi.wake_ups import is_due

    ti = context["ti"]
    if not is_due(platform.records, name, f"{ti.dag_id}/{ti.run_id}"):
        raise AirflowSkipException(f"{name} is called already, and will see this too")
    event.add_partitions(partition)


def partition_of(context: Any, source: str) -> str:
    """Return the partition that this run owns: its partition key, or the last hour or day that was over for a run by
    hand, or with ``conf: {"partial": true}`` the running one.
    """
    from kintsugi.sources.partitions import key_at, key_before
    from kintsugi.sources.registry import config_of

    run = context["dag_run"]
    if run.partition_key:
        return str(run.partition_key)
    key = key_before if not (run.conf or {}).get("partial") else key_at
    return key(config_of(load_settings(), source).partition, run.run_after.timestamp())


def accepted(context: Any) -> frozenset[str]:
    """Return what a person accepts in this run, by its configuration ``accept_<what>``: loss, volume."""
    conf = context["dag_run"].conf or {}
    return frozenset(key.removeprefix("accept_") for key in conf if key.startswith("accept_") and conf[key] is True)


def incident_of(context: Any) -> str:
    """Return the incident that this run heals.

    Raises:
        TerminalError: the run was started without one.
    """
    run = context["dag_run"]
    if not run.partition_key:
        raise TerminalError(
            f"run {run.run_id} of {run.dag_id}: has no incident",
            expected="a partition key that is an incident's id",
            got="none",
            next_step="`kintsugi incidents` lists them; `kintsugi heal INCIDENT` heals one",
        )
    return str(run.partition_key)


def airflow_client() -> AirflowClient:
    """Return a client of the Airflow that the connection ``kintsugi_airflow`` names (this one, on a laptop).

    The caller closes it; see `connected`.

    Raises:
        ConfigurationError: the connection does not exist.
    """
    try:
        found = credentials(AIRFLOW_CONNECTION)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"connection {AIRFLOW_CONNECTION}: not defined",
            expected="an HTTP connection to the Airflow whose operation is taken in, with login and password",
            got="no connection of that name",
            next_step="`kintsugi up` makes it from airflow_settings.yaml; elsewhere add it under Admin → Connections",
        ) from error
    return AirflowClient(found.http_url(), found.login, found.password)


def credentials(connection: str) -> Credentials:
    """Return what a connection holds, in plain terms.

    Raises:
        ConfigurationError: the connection does not exist.
    """
    try:
        found = BaseHook.get_connection(connection)
    except AirflowNotFoundException as error:
        raise ConfigurationError(
            f"connection {connection}: not defined",
            expected="the connection that a source names in sources.yaml",
            got="no connection of that name",
            next_step="add it under Admin → Connections, or correct the entry",
        ) from error
    return Credentials(
        connection=connection,
        conn_type=found.conn_type or "",
        host=found.host or "",
        port=found.port,
        login=found.login or "",
        password=found.password or "",
        schema=found.schema or "",
        extra=found.extra_dejson or {},
    )


@contextmanager
def connected() -> Iterator[AirflowClient]:
    """Open a client of that Airflow and close it again."""
    client = airflow_client()
    try:
        yield client
    finally:
        client.close()


@contextmanager
def opened_source(platform: Platform, name: str) -> "Iterator[Source]":
    """Open a source, with the credentials that Airflow's connections hold for it, and close what it holds open."""
    from kintsugi.sources.registry import config_of, open_source

    connection = config_of(platform.settings, name).connection
    source = open_source(platform, name, credentials=credentials(connection) if connection else None)
    try:
        yield source
    finally:
        close = getattr(source, "close", None)
        if close is not None:
            close()


@contextmanager
def orchestrating(platform: Platform) -> "Iterator[Orchestrator]":
    """Let Airflow be the one who runs partitions."""
    from kintsugi.healing.orchestrator import AirflowOrchestrator

    with connected() as client:
        yield AirflowOrchestrator(platform, client)
