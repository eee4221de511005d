"""Whose database it is: the platform works in one of its own, which a marker says is its own."""

from datetime import datetime
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, OperationFailure
from pymongo.read_concern import ReadConcern

from kintsugi.errors import ConfigurationError

META = "kintsugi_meta"
SCRATCH = "kintsugi_scratch"
MARKER = "kintsugi"
SCHEMA = 1
"""Counted up when what is stored changes so that an older program would do harm."""

MAJORITY = ReadConcern("majority")
_LOGIN_REFUSED = (11, 13, 18, 8000)


def claim(database: Database[Any], where: str, at: datetime) -> bool:
    """Make sure that the database is the platform's, and mark an empty one as its own.

    The marker is written before anything else, so a database that holds collections and no marker is somebody else's.

    Returns:
        whether the server reads what a majority has confirmed.

    Raises:
        ConfigurationError: it belongs to somebody else, or to a newer platform. Nothing was written.
    """
    majority, marker = _read_marker(database)
    if marker is None:
        others = [
            name
            for name in database.list_collection_names(authorizedCollections=True, nameOnly=True)
            if not name.startswith("system.") and name not in (META, SCRATCH)
        ]
        marker = database[META].find_one({"_id": MARKER})  # another process may have been first
        if marker is None and others:
            raise _foreign(where, database.name, others)
    if marker is None:
        try:
            database[META].insert_one({"_id": MARKER, "schema": SCHEMA, "created_at": at})
        except DuplicateKeyError:
            marker = database[META].find_one({"_id": MARKER})
    found = SCHEMA if marker is None else marker.get("schema")
    if not isinstance(found, int) or found > SCHEMA:
        raise ConfigurationError(
            f"record store {where}: written by a newer platform",
            expected=f"schema {SCHEMA} or lower in {META}",
            got=f"schema {found}",
            next_step="upgrade this installation, or give it a database of its own (mongo.database)",
        )
    return majority


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
