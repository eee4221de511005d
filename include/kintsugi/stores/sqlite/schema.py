"""One table a collection: the record as JSON, and generated columns for what is filtered on."""

import sqlite3

from kintsugi.records import Chunk, Record
from kintsugi.stores.sqlite.filters import is_flag, quoted
from kintsugi.stores.sqlite.transaction import transaction

DIGEST_COLUMNS = ("live", "bucket", "digest")


def columns(kind: type[Record]) -> tuple[str, ...]:
    """Return the generated columns of a class's table: what it filters on, and for chunks the digest."""
    return (*kind.indexed, "digest") if kind is Chunk else kind.indexed


def indexes(kind: type[Record]) -> dict[str, tuple[str, ...]]:
    """Return the indexes of a class's table, name → columns.

    Each ends in the id, so that a filtered scan in id order walks the index. A flag has none: it halves a table at
    best, and the planner would prefer it to an index that narrows. The digests of a bucket of chunks are summed from
    one covering index.
    """
    made: dict[str, tuple[str, ...]] = {
        f"{kind.collection}_{field}": (field, "id") for field in kind.indexed if not is_flag(kind, field)
    }
    if kind is Chunk:
        made[f"{kind.collection}_digests"] = DIGEST_COLUMNS
    return made


def prepare(connection: sqlite3.Connection, kind: type[Record]) -> None:
    """Create or extend the table of a class; nothing is written when it is as it should be.

    Columns are virtual: they take no room in the table, and a newly indexed field needs no rewriting of rows. Several
    processes may do this at once: the look that counts is taken under the write lock.
    """
    if not _missing(connection, kind):
        return
    with transaction(connection):
        for statement in _missing(connection, kind):
            connection.execute(statement)


def _missing(connection: sqlite3.Connection, kind: type[Record]) -> list[str]:
    table = quoted(kind.collection)
    present = {row[1] for row in connection.execute(f"PRAGMA table_xinfo({table})")}
    indexed = {row[1] for row in connection.execute(f"PRAGMA index_list({table})")}
    statements = []
    if not present:
        statements.append(
            f"CREATE TABLE {table} (id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL)"
        )
    statements += [
        f"ALTER TABLE {table} ADD COLUMN {quoted(field)} GENERATED ALWAYS AS (json_extract(body, '$.{field}')) VIRTUAL"
        for field in columns(kind)
        if field not in present
    ]
    statements += [
        f"CREATE INDEX {quoted(name)} ON {table} ({', '.join(quoted(field) for field in fields)})"
        for name, fields in indexes(kind).items()
        if name not in indexed
    ]
    return statements
