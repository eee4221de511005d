"""From settings to the adapters that they name."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kintsugi.settings import Settings
    from kintsugi.stores.records import RecordStore
    from kintsugi.stores.search import SearchIndex


def open_records(settings: "Settings", clock: Callable[[], float]) -> "RecordStore":
    """Return the truth: MongoDB where ``mongo.uri`` is set, else SQLite below ``var``. Connects when first used.

    Args:
        clock: what the embedded store's `now` answers; a server has its own.
    """
    if settings.mongo.uri:
        from kintsugi.stores.mongo import MongoRecords
        from kintsugi.stores.mongo.client import connect

        return MongoRecords(partial(connect, settings.mongo), settings.mongo.database)
    from kintsugi.stores.sqlite import SQLiteRecords

    return SQLiteRecords(settings.records_path, clock=clock)


def open_index(settings: "Settings") -> "SearchIndex":
    """Return the projection: OpenSearch where ``opensearch.url`` is set, else LanceDB below ``var``."""
    if settings.opensearch.url:
        from kintsugi.stores.opensearch import OpenSearchIndex
        from kintsugi.stores.opensearch.client import connect

        opensearch = settings.opensearch
        return OpenSearchIndex(
            partial(connect, opensearch),
            prefix=opensearch.prefix,
            knn_engine=opensearch.knn_engine,
            shards=opensearch.shards,
            replicas=opensearch.replicas,
            timeout=opensearch.timeout,
        )
    from kintsugi.stores.lance import LanceIndex

    return LanceIndex(settings.index_path)
