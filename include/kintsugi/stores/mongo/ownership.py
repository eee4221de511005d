"""Whose database it is: the platform works in one of its own, which a marker says is its own."""

from datetime import datetime
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, OperationFailure
from pymongo.read_concern import ReadConcern

from kintsugi.errors import ConfigurationError

META = "kintsugi_meta"
SCRATCH = "kintsugi_scratch"
"""Begins the names of collections in which the server is probed."""

MARKER = "kintsugi"
SCHEMA = 1
"""Counted up when what is stored changes so that an older program would do harm."""

MAJORITY = ReadConcern("majority")
_LOGIN_REFUSED = (11, 13, 18, 8000)


def claim(database: Database[Any], where: str, at: datetime, migration: str = "") -> bool:
    """Make sure that the database is the platform's, and mark an empty one as its own.

    The marker is written before anything else, so a database that holds collections and no marker is somebody else's.

    Args:
        migration: the one that works on it, where that opens it: see `hold`.

    Returns:
        whether the server reads what a majority has confirmed.

    Raises:
        ConfigurationError: it belongs to somebody else, to a newer platform, or to a migration. Nothing was written.
    """
    majority, is_ours = look(database, where, migration)
    if not is_ours:
        try:
            database[META].insert_one({"_id": MARKER, "schema": SCHEMA, "created_at": at})
        except DuplicateKeyError:
            look(database, where, migration)
    return majority


def look(database: Database[Any], where: str, migration: str = "") -> tuple[bool, bool]:
    """Look whose the database is, and write nothing.

    Returns:
        whether the server reads what a majority has confirmed, and whether the marker is there (without, it is empty).

    Raises:
        ConfigurationError: as `claim`.
    """
    majority, marker = _read_marker(database)
    if marker is None:
        others = [
            name
            for name in database.list_collection_names(authorizedCollections=True, nameOnly=True)
            if not name.startswith(("system.", SCRATCH)) and name != META
        ]
        marker = database[META].find_one({"_id": MARKER})  # another process may have been first
        if marker is None and others:
            raise _foreign(where, database.name, others)
    if marker is None:
        return majority, False
    found = marker.get("schema")
    if isinstance(found, float) and found.is_integer():  # as a shell writes every number
        found = int(found)
    if not isinstance(found, int) or found > SCHEMA:
        raise ConfigurationError(
            f"record store {where}: written by a newer platform",
            expected=f"schema {SCHEMA} or lower in {META}",
            got=f"schema {found}",
            next_step="upgrade this installation, or give it a database of its own (mongo.database)",
        )
    holder = str(marker.get("migration") or "")
    if holder not in ("", migration):
        raise _held(where, holder)
    return majority, True


def hold(database: Database[Any], where: str, migration: str) -> None:
    """Let only this migration open the database from now on; whoever has opened it already isn't stopped.

    Raises:
        ConfigurationError: another migration holds it.
    """
    free = {"_id": MARKER, "migration": {"$in": [None, "", migration]}}
    if not database[META].update_one(free, {"$set": {"migration": migration}}).matched_count:
        marker = database[META].find_one({"_id": MARKER}) or {}
        raise _held(where, str(marker.get("migration", "?")))


def let_go(database: Database[Any], migration: str) -> None:
    """Let everybody open the database again; nothing happens when another migration holds it."""
    database[META].update_one({"_id": MARKER, "migration": migration}, {"$unset": {"migration": ""}})


def _held(where: str, migration: str) -> ConfigurationError:
    return ConfigurationError(
        f"record store {where}: held by a migration",
        expected="a database that isn't being moved, and wasn't moved away",
        got=f"migration {migration} in {META}",
        next_step="finish `kintsugi migrate` where it was begun, or work with what it moved to; to move here once more "
        "name another mongo.database; if what "
        f'it moved to is gone for good: db.{META}.updateOne({{_id: "{MARKER}"}}, {{$unset: {{migration: ""}}}})',
    )


def _read_marker(database: Database[Any]) -> tuple[bool, dict[str, Any] | None]:
    try:
        return True, database[META].with_options(read_concern=MAJORITY).find_one({"_id": MARKER})
    except OperationFailure as error:
        if error.code in _LOGIN_REFUSED or error.timeout:
            raise
        return False, database[META].find_one({"_id": MARKER})


def _foreign(where: str, name: str, others: list[str]) -> ConfigurationError:
    shown = ", ".join(sorted(others)[:5])
    return ConfigurationError(
        f"record store {where}: the database {name} belongs to somebody else",
        expected="an empty database, or the platform's own",
        got=f"{len(others)} collections ({shown}{', …' if len(others) > 5 else ''}) and no marker in {META}",
        next_step="give the platform a database of its own (mongo.database); if this is its own, restored without "
        f'{META}, insert {{_id: "{MARKER}", schema: {SCHEMA}}} there',
    )
