"""The environment of every process of the platform: one pure function, so that all of them agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from kintsugi.laptop.folders import airflow_home
from kintsugi.laptop.secrets import Secrets
from kintsugi.settings import Settings

DROPPED = ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONSTARTUP", "OMP_NUM_THREADS")
"""Would slow every process down, or send it to another Python; the number of threads is set for each service."""

OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}

QUIET = ("great_expectations", "sentence_transformers", "httpx", "httpcore", "alembic")
"""Loggers that say a lot about little."""


@dataclass(frozen=True)
class Endpoints:
    """Where things listen. ``database`` is the folder of PostgreSQL's socket."""

    host: str
    port: int
    database: Path

    @property
    def url(self) -> str:
        """Where the UI and the API are."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def platform_environment(settings: Settings, secrets: Secrets, endpoints: Endpoints) -> dict[str, str]:
    """Return what the platform adds to the environment of its processes; see Airflow's configuration reference."""
    airflow = {
        ("core", "dags_folder"): settings.home / "dags",
        ("core", "plugins_folder"): settings.home / "plugins",
        ("core", "executor"): "LocalExecutor",
        ("core", "parallelism"): 4,
        ("core", "load_examples"): False,
        ("core", "dags_are_paused_at_creation"): False,
        ("core", "fernet_key"): secrets.fernet_key,
        ("core", "hostname_callable"): "socket.gethostname",  # the default asks DNS, which a laptop may lack
        ("core", "lazy_load_plugins"): True,
        ("core", "execution_api_server_url"): f"{endpoints.url}/execution/",
        ("core", "simple_auth_manager_users"): f"{secrets.admin_user}:admin",
        ("core", "simple_auth_manager_passwords_file"): passwords_path(settings),
        ("database", "sql_alchemy_conn"): _database("psycopg2", endpoints.database),
        ("database", "sql_alchemy_conn_async"): _database("asyncpg", endpoints.database),
        ("api", "host"): endpoints.host,
        ("api", "port"): endpoints.port,
        ("api", "base_url"): endpoints.url,
        ("api", "instance_name"): "Kintsugi",
        ("api", "secret_key"): secrets.api_secret_key,
        ("api_auth", "jwt_secret"): secrets.jwt_secret,
        ("logging", "base_log_folder"): airflow_home(settings) / "logs",
        ("logging", "colored_console_log"): False,
        ("logging", "namespace_levels"): " ".join(f"{name}=WARNING" for name in QUIET),
        # a quick loop: a tiny task takes 0.4 s instead of 2
        ("scheduler", "scheduler_idle_sleep_time"): 0.1,
        ("workers", "min_heartbeat_interval"): 1,
        ("dag_processor", "refresh_interval"): 10,
        ("dag_processor", "min_file_process_interval"): 60,
        # a quick recovery: what a killed process left behind is taken up after about 15 s instead of 5 minutes
        ("scheduler", "job_heartbeat_sec"): 2,
        ("scheduler", "scheduler_heartbeat_sec"): 2,
        ("scheduler", "scheduler_health_check_threshold"): 15,
        ("scheduler", "orphaned_tasks_check_interval"): 5,
        ("scheduler", "task_instance_heartbeat_timeout"): 60,
        ("scheduler", "task_instance_heartbeat_timeout_detection_interval"): 5,
        ("triggerer", "job_heartbeat_sec"): 2,
        ("triggerer", "triggerer_health_check_threshold"): 10,
    }
    return {
        **{f"AIRFLOW__{section}__{key}".upper(): str(value) for (section, key), value in airflow.items()},
        "AIRFLOW_HOME": str(airflow_home(settings)),
        "KINTSUGI_HOME": str(settings.home),
        "KINTSUGI_VAR": str(settings.var),
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
        "TOKENIZERS_PARALLELISM": "false",
        **(OFFLINE if model_is_local(settings) else {}),
        # nobody is told that this runs
        "DO_NOT_TRACK": "1",
        "SCARF_ANALYTICS": "false",
        "GX_ANALYTICS_ENABLED": "false",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }


def process_environment(inherited: Mapping[str, str], ours: Mapping[str, str], bin_folder: Path) -> dict[str, str]:
    """Return the whole environment of a process: what the user has, without what would lead astray, and ours on top.

    Another Airflow's configuration (``AIRFLOW__…``) is left out; connections and variables that the user gives by
    environment (``AIRFLOW_CONN_…``, ``AIRFLOW_VAR_…``) stay.
    """
    kept = {
        name: value
        for name, value in inherited.items()
        if name not in DROPPED and not name.startswith("AIRFLOW__") and name != "AIRFLOW_CONFIG"
    }
    no_proxy = ",".join(filter(None, (inherited.get("NO_PROXY", inherited.get("no_proxy", "")), "127.0.0.1,localhost")))
    return {
        **kept,
        **ours,
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "PATH": f"{bin_folder}:{inherited.get('PATH', '/usr/local/bin:/usr/bin:/bin')}",
    }


def model_is_local(settings: Settings) -> bool:
    """Tell whether the embedding model is on this machine, so that nothing may ask the network for it."""
    model = settings.embedding.model
    return model == "bundled" or Path(model).expanduser().exists()


def passwords_path(settings: Settings) -> Path:
    """The file in which SimpleAuthManager looks up the admin's password."""
    return airflow_home(settings) / "passwords.json"


def _database(driver: str, socket_folder: Path) -> str:
    return f"postgresql+{driver}://postgres@/airflow?host={quote(str(socket_folder), safe='/')}"
