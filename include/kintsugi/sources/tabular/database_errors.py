"""What databases and their drivers raise, as the platform's own errors. No message shows statements or a login."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kintsugi.errors import AGAIN, ConfigurationError, DriftError, KintsugiError, SourceUnavailable, TerminalError
from kintsugi.stores.place import without_secrets


@dataclass(frozen=True)
class _Meaning:
    """What an SQLSTATE, or a piece of a driver's message, asks for."""

    seen: re.Pattern[str]
    kind: type[KintsugiError]
    expected: str
    next_step: str


def _meaning(seen: str, kind: type[KintsugiError], expected: str, next_step: str) -> _Meaning:
    return _Meaning(re.compile(seen, re.IGNORECASE), kind, expected, next_step)


_NO_TABLE = _meaning(
    r"\[(42P01|42S02|3F000)\]|no such table|table .* doesn't exist|invalid object name|relation .* does not exist",
    DriftError,
    "the table that the source's entry names",
    "bring it back, or name another in sources.yaml; the partition is held until then",
)
_VALUES = _meaning(
    r"\[2[0-2]\w{3}\]|invalid input syntax|out of range|division by zero",
    DriftError,
    "values that the query, or the driver, can work with",
    "let the query allow for them; the partition is held until then",
)
_MEANINGS = (
    _meaning(
        r"\[(28\w{3})\]|password authentication failed|access denied|login failed|no pg_hba|role .* does not exist",
        TerminalError,
        "a login that the database takes",
        "correct login and password of the source's connection",
    ),
    _meaning(
        r"\[42501\]|permission denied|command denied|not authorized",
        TerminalError,
        "a user who may read the table",
        "grant it SELECT on the table",
    ),
    _meaning(
        r"\[3D000\]|database .* does not exist|unknown database",
        TerminalError,
        "a database of that name",
        "correct the source's connection",
    ),
    _NO_TABLE,
    _meaning(
        r"\[(42703|42S22)\]|no such column|unknown column|invalid column name|column .* does not exist",
        DriftError,
        "the columns that the source's entry names",
        "agree on a renaming, or correct sources.yaml; the partition is held until then",
    ),
    _meaning(
        r"\[57014\]|statement timeout|maximum statement execution time",
        SourceUnavailable,
        "an answer in time",
        f"{AGAIN}; if it stays so, give the watermark and the key an index, or raise statement_seconds",
    ),
    _meaning(
        r"\[42601\]|syntax error",
        ConfigurationError,
        "a query that the database reads",
        "correct the source's query in sources.yaml",
    ),
    _meaning(
        r"\[25006\]|read-only|readonly",
        ConfigurationError,
        "a query that only reads",
        "correct the source's query in sources.yaml",
    ),
    _VALUES,
)
_SILENT = _Meaning(
    re.compile(""), SourceUnavailable, "a database that answers", f"look at the database's log; then {AGAIN}"
)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise what the block raises as one of `kintsugi.errors`; ``what`` names the source and its table."""
    from sqlalchemy.exc import DBAPIError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

    try:
        yield
    except NoSuchTableError as error:
        raise _as(_NO_TABLE, what, f"no table {error}") from None
    except (NoSuchModuleError, ImportError) as error:
        raise ConfigurationError(
            what,
            expected="a database whose driver is installed",
            got=without_secrets(str(error)),
            next_step="install the driver, or name another as dialect+driver",
        ) from None
    except DBAPIError as error:
        raise explained(error.orig or error, what) from None
    except SQLAlchemyError as error:
        raise _as(_SILENT, what, str(error)) from None
    except (ValueError, OverflowError) as error:  # the driver can't make a value of what the database sent
        raise _as(_VALUES, what, str(error)) from None


def explained(error: BaseException, what: str) -> KintsugiError:
    """Return the platform's error for one of a driver's."""
    state = getattr(error, "pgcode", None) or getattr(error, "sqlstate", None) or ""
    said = f"[{state}] {error}" if state else str(error)
    meaning = next((each for each in _MEANINGS if each.seen.search(said)), _SILENT)
    return _as(meaning, what, str(error))


def _as(meaning: _Meaning, what: str, said: str) -> KintsugiError:
    shown = " ".join(without_secrets(said).split())[:400]
    return meaning.kind(what, expected=meaning.expected, got=shown, next_step=meaning.next_step)
