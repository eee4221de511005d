"""What an OpenSearch is and offers, as it answers itself."""

from typing import Any

from kintsugi.errors import ConfigurationError, KintsugiError, StoreUnavailable
from kintsugi.stores.engine import Capability, EngineReport
from kintsugi.stores.opensearch import names
from kintsugi.stores.opensearch.connection import Connection

OLDEST = (2, 16)
"""The first that takes ``ef_search`` with a query."""

KNN = "opensearch-knn", "org.opensearch.knn.plugin.KNNPlugin"
NEURAL = "opensearch-neural-search", "org.opensearch.neuralsearch.plugin.NeuralSearch"
SECURITY = "opensearch-security", "org.opensearch.security.OpenSearchSecurityPlugin"
"""Plugins by name and by class; a node that is embedded in another program has the class alone."""

_UNKNOWN = "the engine doesn't say: the user may not ask"


def report(connection: Connection, prefix: str, knn_engine: str) -> EngineReport:
    """Probe the engine.

    Raises:
        StoreUnavailable: it can't be reached.
        ConfigurationError: it isn't OpenSearch, is too old, or refuses the login.
    """
    version = _version(connection)
    there = _plugins(connection)
    return EngineReport(
        "index",
        "OpenSearch",
        version,
        connection.where,
        (
            _plugin(there, KNN, "k-NN", used=True, detail=f"vectors in HNSW graphs of {knn_engine}"),
            _alias(connection, names.served(prefix)),
            _plugin(
                there,
                NEURAL,
                "hybrid query",
                used=False,
                detail="both legs are fused by the platform, the same way on every engine",
            ),
            _point_in_time(connection),
            _security(connection, there),
            _most_clauses(connection),
        ),
    )


def _version(connection: Connection) -> str:
    answer = connection.ask("ask for its version", "GET", "/")
    told = answer.get("version") if isinstance(answer, dict) else None
    if not isinstance(told, dict) or "number" not in told:
        raise ConfigurationError(
            f"search index {connection.where}: ask for its version",
            expected="an answer of OpenSearch",
            got=str(answer)[:200],
            next_step="see that opensearch.url names OpenSearch itself, and no other server or page",
        )
    number = str(told["number"])
    if told.get("distribution") != "opensearch":
        raise ConfigurationError(
            f"search index {connection.where}: another engine",
            expected="OpenSearch",
            got=f"{told.get('distribution') or 'Elasticsearch'} {number}",
            next_step="name an OpenSearch in opensearch.url; Elasticsearch keeps vectors in another way",
        )
    if _numbers(number) < OLDEST:
        raise ConfigurationError(
            f"search index {connection.where}: OpenSearch is too old",
            expected=".".join(map(str, OLDEST)) + " or newer",
            got=number,
            next_step="upgrade the cluster",
        )
    return number


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-")[0].split(".")[:2] if part.isdigit())


def _plugins(connection: Connection) -> list[set[str]]:
    """Return the names and classes of each node's plugins; nothing when the user may not ask.

    The answer isn't filtered: a filter leaves out the nodes that have no plugin.
    """
    found = _asked(connection, "GET", "/_nodes/plugins") or {}
    return [
        {str(each.get(key)) for each in node.get("plugins", []) for key in ("name", "classname")}
        for node in found.get("nodes", {}).values()
    ]


def _plugin(there: list[set[str]], plugin: tuple[str, str], name: str, *, used: bool, detail: str) -> Capability:
    if not there:
        return Capability(name, False, False, _UNKNOWN)
    lacking = sum(node.isdisjoint(plugin) for node in there)
    if lacking:
        return Capability(name, False, False, f"{lacking} of {len(there)} nodes have no plugin {plugin[0]}")
    return Capability(name, True, used, detail)


def _security(connection: Connection, there: list[set[str]]) -> Capability:
    parts = [part for part, used in (("a login", connection.logs_in), ("TLS", connection.encrypts)) if used]
    detail = f"the platform uses {' and '.join(parts)}" if parts else "the platform has no login and speaks plain HTTP"
    return _plugin(there, SECURITY, "security", used=bool(parts), detail=detail)


def _alias(connection: Connection, alias: str) -> Capability:
    found = _asked(connection, "GET", f"/_cat/aliases/{alias}", {"format": "json"})
    if not isinstance(found, list):
        return Capability("alias", False, False, _UNKNOWN)
    served = ", ".join(sorted(str(each.get("index")) for each in found)) or "nothing yet"
    return Capability("alias", True, True, f"{alias} names {served} for other programs")


def _point_in_time(connection: Connection) -> Capability:
    found = _asked(connection, "GET", "/_search/point_in_time/_all")
    detail = "scans go on behind the last id instead, and hold nothing open"
    return Capability("point in time", found is not None, False, detail if found is not None else _UNKNOWN)


def _most_clauses(connection: Connection) -> Capability:
    found = _asked(connection, "GET", "/_cluster/settings", {"include_defaults": "true", "flat_settings": "true"})
    layers = [found.get(layer, {}) for layer in ("transient", "persistent", "defaults")] if found else []
    most = next((layer[_CLAUSES] for layer in layers if _CLAUSES in layer), None)
    return Capability("clauses of a query", most is not None, False, f"at most {most}" if most else _UNKNOWN)


_CLAUSES = "indices.query.bool.max_clause_count"


def _asked(connection: Connection, method: str, path: str, params: dict[str, str] | None = None) -> Any:
    """Return the answer, or ``None`` when the engine refuses to give one."""
    try:
        return connection.ask(f"probe {path}", method, path, params=params)
    except StoreUnavailable:
        raise
    except KintsugiError:
        return None
