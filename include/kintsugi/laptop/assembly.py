"""Puts the platform's processes together: settings in, watches ready to be started out."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kintsugi.embedding.address import answers, is_served
from kintsugi.laptop.atomic import write_json
from kintsugi.laptop.environment import Endpoints, passwords_path, platform_environment, process_environment
from kintsugi.laptop.folders import log_path
from kintsugi.laptop.ports import free_port
from kintsugi.laptop.postgres import Postgres
from kintsugi.laptop.prober import Probe
from kintsugi.laptop.runners import ServiceRunner
from kintsugi.laptop.secrets import PRIVATE, remember_api_url
from kintsugi.laptop.services import DATABASE, EMBEDDER, services
from kintsugi.laptop.state import ServiceState
from kintsugi.laptop.watch import Watch
from kintsugi.settings import Settings


@dataclass(frozen=True)
class Assembly:
    """Everything but the database; ``environment`` is that of every process."""

    endpoints: Endpoints
    environment: Mapping[str, str]
    watches: tuple[Watch, ...]
    probes: Mapping[str, Probe]


def watch_database(postgres: Postgres) -> Watch:
    """Return the watch over the database, which starts before and stops after everything else."""
    return Watch(postgres, ServiceState(DATABASE), wave=2, ready_at_once=True)


def assemble(settings: Settings, database: Path, inherited: Mapping[str, str] | None = None) -> Assembly:
    """Choose the port, make the secrets, and prepare a watch for each service. Starts nothing.

    Args:
        database: the folder of PostgreSQL's socket.

    Raises:
        ConfigurationError: no port is free, or the secrets file is damaged.
    """
    host = settings.server.host
    endpoints = Endpoints(host, free_port(host, settings.server.port), database)
    secrets = remember_api_url(settings, endpoints.url)
    write_json(passwords_path(settings), {secrets.admin_user: secrets.admin_password}, mode=PRIVATE)
    environment = process_environment(
        os.environ if inherited is None else inherited,
        platform_environment(settings, secrets, endpoints),
        Path(sys.executable).parent,
    )
    watches = []
    for service in services(settings):
        runner = ServiceRunner(service, environment, log_path(settings, service.name), settings.home)
        state = ServiceState(service.name, optional=service.optional)
        watches.append(Watch(runner, state, needs=service.needs, wave=service.wave))
    probes: dict[str, Probe] = {EMBEDDER: lambda: answers(settings)} if is_served(settings) else {}
    return Assembly(endpoints, environment, tuple(watches), probes)
