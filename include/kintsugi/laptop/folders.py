"""The folders under ``var``: made, writable, and with room left, or a message that says what is wrong."""

import errno
import shutil
from pathlib import Path

from kintsugi.errors import ConfigurationError
from kintsugi.settings import Settings

MIN_FREE_MB = 500
"""Below this the embedded PostgreSQL can't keep its promise; a new database alone takes about 80 MB."""


def prepare_folders(settings: Settings, min_free_mb: int = MIN_FREE_MB) -> None:
    """Make every folder that the platform writes to.

    Raises:
        ConfigurationError: a folder can't be made or written, or the disk is (nearly) full.
    """
    folders = (settings.var, settings.run_path, logs_path(settings), airflow_home(settings), settings.inbox)
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".writable"
            probe.write_bytes(b"\0" * 4096)
            probe.unlink()
        except OSError as error:
            raise unwritable(folder, error) from error
    free = shutil.disk_usage(settings.var).free // 2**20
    if free < min_free_mb:
        raise ConfigurationError(
            f"folder {settings.var}: the disk is nearly full",
            expected=f"at least {min_free_mb} MB free",
            got=f"{free} MB",
            next_step="free some space, or set KINTSUGI_VAR to a folder on another disk",
        )


def unwritable(folder: Path, error: OSError) -> ConfigurationError:
    """Return what to tell about a folder that could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ConfigurationError(
            f"folder {folder}: no space left",
            got=str(error),
            next_step="free some space, or set KINTSUGI_VAR to a folder on another disk",
        )
    return ConfigurationError(
        f"folder {folder}: can't be written",
        expected="a folder that this user may write to",
        got=str(error),
        next_step="correct its owner or permissions, or set KINTSUGI_VAR to another folder",
    )


def logs_path(settings: Settings) -> Path:
    """One log file a service."""
    return settings.var / "logs"


def airflow_home(settings: Settings) -> Path:
    """Airflow's own folder: its configuration file and the logs of tasks."""
    return settings.var / "airflow"


def postgres_path(settings: Settings) -> Path:
    """The embedded PostgreSQL's data."""
    return settings.var / "postgres"


def log_path(settings: Settings, service: str) -> Path:
    """The log of one service; PostgreSQL keeps its own beside its data."""
    return postgres_path(settings) / "log" if service == "postgres" else logs_path(settings) / f"{service}.log"
