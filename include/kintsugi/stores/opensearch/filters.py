"""Scopes as filters that OpenSearch applies before it ranks."""

from typing import Any

from kintsugi.errors import ConfigurationError
from kintsugi.stores.opensearch.rows import writable
from kintsugi.stores.search import Scope
from kintsugi.stores.shown import SENSITIVITIES


def scoped(scope: Scope) -> list[dict[str, Any]]:
    """Return the conditions that an entry inside the scope meets, none when every entry does.

    Raises:
        ConfigurationError: the scope names a sensitivity that does not exist.
    """
    filters: list[dict[str, Any]] = []
    if scope.principals is not None:
        filters.append({"terms": {"access": writable(scope.principals)}})
    if scope.max_sensitivity not in SENSITIVITIES:
        raise ConfigurationError(
            "scope of a search: unknown sensitivity",
            expected="one of " + ", ".join(SENSITIVITIES),
            got=repr(scope.max_sensitivity),
            next_step="correct the caller's scope",
        )
    if scope.max_sensitivity != SENSITIVITIES[-1]:
        filters.append({"range": {"sensitivity": {"lte": SENSITIVITIES.index(scope.max_sensitivity)}}})
    for field, allowed in (("source", scope.sources), ("trust", scope.trusts), ("region", scope.regions)):
        if allowed:
            filters.append({"terms": {field: writable(allowed)}})
    return filters
