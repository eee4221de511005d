"""Whether a circuit breaker of the engine is open: by its counters, whatever an error calls itself."""

from kintsugi.errors import KintsugiError
from kintsugi.stores.opensearch.connection import Connection

FULL = 0.95
"""Share of a breaker's limit from which on it counts as open: the next write would trip it."""


def open_breaker(connection: Connection) -> str:
    """Return the name of a breaker that is open on any node; empty when none is, or nobody may ask."""
    try:
        stats = connection.ask("read the breaker of k-NN", "GET", "/_plugins/_knn/stats/circuit_breaker_triggered")
    except KintsugiError:
        stats = {}
    if isinstance(stats, dict) and stats.get("circuit_breaker_triggered"):
        return "k-NN"
    try:
        answer = connection.ask("read the breakers", "GET", "/_nodes/stats/breaker")
    except KintsugiError:
        return ""
    for node in answer.get("nodes", {}).values():
        for name, breaker in node.get("breakers", {}).items():
            limit = breaker.get("limit_size_in_bytes", 0)
            if limit > 0 and breaker.get("estimated_size_in_bytes", 0) >= FULL * limit:
                return str(name)
    return ""
