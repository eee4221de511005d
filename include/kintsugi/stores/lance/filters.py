"""Filters as the SQL that LanceDB evaluates before it ranks. Values only ever appear as quoted literals."""

from collections.abc import Iterable

from kintsugi.errors import ConfigurationError
from kintsugi.stores.search import Scope
from kintsugi.stores.shown import SENSITIVITIES


def literal(value: str) -> str:
    """Return a string as an SQL literal; a quote inside is doubled, nothing else has a meaning."""
    return "'" + value.replace("'", "''") + "'"


def one_of(column: str, values: Iterable[str | int]) -> str:
    """Return the condition that a column holds one of the values."""
    listed = ", ".join(literal(value) if isinstance(value, str) else str(int(value)) for value in values)
    return f"{column} IN ({listed})" if listed else "false"


def scoped(scope: Scope) -> str | None:
    """Return the condition that an entry is inside the scope, or ``None`` when every entry is.

    Raises:
        ConfigurationError: the scope names a sensitivity that does not exist.
    """
    parts = []
    if scope.principals is not None:
        named = ", ".join(literal(principal) for principal in scope.principals)
        parts.append(f"array_has_any(access, make_array({named}))" if named else "false")
    if scope.max_sensitivity not in SENSITIVITIES:
        raise ConfigurationError(
            "scope of a search: unknown sensitivity",
            expected="one of " + ", ".join(SENSITIVITIES),
            got=repr(scope.max_sensitivity),
            next_step="correct the caller's scope",
        )
    if scope.max_sensitivity != SENSITIVITIES[-1]:
        parts.append(f"sensitivity <= {SENSITIVITIES.index(scope.max_sensitivity)}")
    for column, allowed in (("source", scope.sources), ("trust", scope.trusts), ("region", scope.regions)):
        if allowed:
            parts.append(one_of(column, allowed))
    return " AND ".join(parts) or None
