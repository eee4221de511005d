"""How a session with each database is made safe: it only reads, speaks UTC, and gives up in time."""

from typing import TYPE_CHECKING, Any

from kintsugi.errors import SourceUnavailable

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

_CONNECT_SECONDS = 10
_FIRST = {
    "postgresql": (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        "SET LOCAL TIME ZONE 'UTC'",
        "SET LOCAL statement_timeout = {milliseconds}",
    ),
    "sqlite": ("PRAGMA query_only = ON",),
    "mysql": (
        "SET SESSION TRANSACTION READ ONLY",
        "SET SESSION time_zone = '+00:00'",
        "SET SESSION max_execution_time = {milliseconds}",
    ),
    "mariadb": (
        "SET SESSION TRANSACTION READ ONLY",
        "SET SESSION time_zone = '+00:00'",
        "SET SESSION max_statement_time = {seconds}",
    ),
}


def connect_arguments(what: str, url: "URL") -> dict[str, Any]:
    """Return what the driver is told beside the address; ``what`` names source and table.

    Raises:
        SourceUnavailable: the file of an SQLite database is not there; to open it would create it.
    """
    backend = url.get_backend_name()
    if backend == "sqlite":
        _require_file(what, url)
        return {"timeout": _CONNECT_SECONDS}
    return {"connect_timeout": _CONNECT_SECONDS} if backend in ("postgresql", "mysql", "mariadb") else {}


def prepare(connection: "Connection", seconds: float) -> None:
    """Make a new connection's transaction one that only reads, in UTC, and gives a statement up after ``seconds``."""
    name = connection.dialect.name
    if name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.text_factory = lambda data: data.decode("utf-8", "surrogateescape")  # damage is a matter of its row
    for statement in _FIRST.get(name, ()):
        made = statement.format(milliseconds=round(seconds * 1000), seconds=seconds)
        connection.exec_driver_sql(made)


def _require_file(what: str, url: "URL") -> None:
    from pathlib import Path

    path = Path(url.database or "")
    if not path.is_file():
        raise SourceUnavailable(
            f"{what}: the database's file is not there",
            expected="a file of SQLite",
            got=str(path) if url.database else "no path",
            next_step="bring it back, or correct the source's address; the next run takes everything in",
        )
