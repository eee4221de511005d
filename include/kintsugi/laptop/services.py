"""The services of the platform: what runs, what it needs, and when it is stopped."""

import os
import sys
from dataclasses import dataclass, field

from kintsugi.embedding.address import is_served
from kintsugi.settings import Settings

DATABASE = "postgres"
API = "api-server"
EMBEDDER = "embedder"

LOGGED = ("supervisor", DATABASE, "migrate", API, "scheduler", "dag-processor", "triggerer", EMBEDDER)
"""Whatever has a log of its own."""

REPORTED = {"scheduler": "scheduler", "dag-processor": "dag_processor", "triggerer": "triggerer"}
"""Services that write heartbeats, with the name that Airflow's health answer has for them."""


@dataclass(frozen=True)
class Service:
    """A process that the supervisor keeps alive.

    Attributes:
        needs: services that must be alive before this one starts.
        wave: at the end, lower waves stop first: who hands out work before who serves it before who stores it.
        optional: the platform is healthy without it.
    """

    name: str
    argv: tuple[str, ...]
    needs: tuple[str, ...] = ()
    wave: int = 0
    optional: bool = False
    environment: dict[str, str] = field(default_factory=dict)


def services(settings: Settings, python: str = sys.executable) -> tuple[Service, ...]:
    """Return the services in the order in which they start: the slowest first, since nothing waits for its turn."""

    cores = str(os.cpu_count() or 1)
    threads = "1" if is_served(settings) else cores  # without the model server, tasks load the model themselves

    def airflow(name: str, *arguments: str, wave: int = 0) -> Service:
        argv = (python, "-m", "airflow", name, *arguments)
        return Service(name, argv, needs=(DATABASE,), wave=wave, environment={"OMP_NUM_THREADS": threads})

    embedder = Service(
        EMBEDDER,
        (python, "-m", "kintsugi.embedding.server"),
        wave=1,
        optional=True,
        environment={"OMP_NUM_THREADS": cores},
    )
    return (
        airflow(API, wave=1),
        airflow("scheduler", "--skip-serve-logs"),
        airflow("dag-processor"),
        airflow("triggerer", "--skip-serve-logs"),
        *((embedder,) if is_served(settings) else ()),
    )


MIGRATE = (sys.executable, "-m", "airflow", "db", "migrate")
"""Brings Airflow's tables to the version that is installed; doing it twice is doing it once."""
