"""Checks of the platform that runs: its services, and what its Airflow knows."""

from collections.abc import Iterable, Mapping
from typing import Any

from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import ConfigurationError, KintsugiError
from kintsugi.laptop.account import own_client
from kintsugi.laptop.checks import Check
from kintsugi.laptop.checks_engines import require_same_connections
from kintsugi.laptop.dags import DagFiles, look
from kintsugi.laptop.lock import is_supervised
from kintsugi.laptop.settings_file import AirflowObjects, read_settings_file, settings_file_path
from kintsugi.laptop.state import PlatformState, ServiceState, read_state
from kintsugi.settings import Settings
from kintsugi.stores.connections import ROLES, ConnectionAddress, of_fields

RELOAD = "`kintsugi up` loads airflow_settings.yaml again"


def checks_of_the_platform(settings: Settings) -> list[Check]:
    """Check what runs; when nothing runs, say so once."""
    try:
        objects = read_settings_file(settings_file_path(settings))
        file = Check(
            "airflow_settings.yaml", "ok", f"{len(objects.connections)} connections, {len(objects.pools)} pools"
        )
    except ConfigurationError as error:
        objects = AirflowObjects()
        file = Check("airflow_settings.yaml", "fail", f"{error.what}: {error.got}", error.next_step)
    state = read_state(settings)
    if state is None or not is_supervised(settings):
        return [file, Check("services", "warn", "the platform does not run", "`kintsugi up` starts it")]
    return [file, *check_services(state), *_checks_of_airflow(settings, objects)]


def check_services(state: PlatformState) -> list[Check]:
    """Return one check for each service."""
    return [_check_service(each) for each in state.services]


def check_presence(kind: str, expected: Iterable[str], found: Iterable[str]) -> Check:
    """Check that everything that the settings file names is there."""
    names = set(expected)
    missing = sorted(names - set(found))
    if missing:
        return Check(kind, "fail", f"missing: {', '.join(missing)}", RELOAD)
    return Check(kind, "ok", ", ".join(sorted(names)) or "none needed")


def check_connections(settings: Settings, connections: Iterable[ConnectionAddress]) -> Check:
    """Check that connections to engines name the same place as the settings."""
    known = list(connections)
    try:
        require_same_connections(settings, known)
    except ConfigurationError as error:
        said = f"{error.what}; expected {error.expected}; got {error.got}"
        return Check("connections to engines", "fail", said, error.next_step)
    names = ", ".join(each.name for each in known)
    return Check("connections to engines", "ok", names or "none: the settings decide")


def addresses_of(connections: Iterable[Mapping[str, Any]]) -> list[ConnectionAddress]:
    """Return those of Airflow's connections (as its REST API gives them) that choose an engine."""
    return [of_fields(each["connection_id"], each) for each in connections if each["connection_id"] in ROLES]


def check_dags(found: DagFiles) -> list[Check]:
    """Check that every DAG file can be imported and every DAG may run."""
    broken = [
        Check(f"DAG file {name}", "fail", reason, "correct it; the dag-processor reads it again within a minute")
        for name, reason in sorted(found.broken.items())
    ]
    unknown = [Check(f"DAG file {name}", "warn", "Airflow does not know it yet", "wait") for name in found.waiting]
    paused = [name for name, is_paused in sorted(found.dags.items()) if is_paused]
    running = Check("DAGs", "ok", ", ".join(sorted(found.dags)) or "none")
    if paused:
        running = Check("DAGs", "warn", f"paused: {', '.join(paused)}", "switch them on in the UI, or `kintsugi up`")
    return [*broken, *unknown, running]


def _check_service(service: ServiceState) -> Check:
    name = f"service {service.name}"
    said = service.condition + (f": {service.detail}" if service.detail else "")
    if service.condition == "healthy":
        return Check(name, "ok", said if not service.restarts else f"{said}, restarted {service.restarts} times")
    see = f"`kintsugi logs {service.name}`"
    return Check(name, "warn" if service.optional or service.condition == "starting" else "fail", said, see)


def _checks_of_airflow(settings: Settings, objects: AirflowObjects) -> list[Check]:
    client: AirflowClient | None = None
    try:
        client = own_client(settings)
        found = list(client.connections())
        connections = [str(each["connection_id"]) for each in found]
        pools = [str(each["name"]) for each in client.pools()]
        return [
            check_presence("connections", (each.conn_id for each in objects.connections), connections),
            check_connections(settings, addresses_of(found)),
            check_presence("pools", (each.pool_name for each in objects.pools), pools),
            *check_dags(look(settings, client)),
        ]
    except KintsugiError as error:
        return [Check("airflow", "fail", f"{error.what}: {error.got}", error.next_step)]
    finally:
        if client is not None:
            client.close()
