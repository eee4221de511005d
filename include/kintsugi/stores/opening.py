"""From settings to the adapters that they name."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

    from kintsugi.settings import OpenSearchSettings, Settings
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


def open_index(settings: "Settings", records: "Callable[[], RecordStore]") -> "SearchIndex":
    """Return the projection: OpenSearch where ``opensearch.url`` is set, else LanceDB below ``var``.

    Args:
        records: opens the truth, which tells whose the indexes on a shared cluster are.
    """
    if settings.opensearch.url:
        from kintsugi.stores.opensearch.client import connect

        return opensearch_index(settings.opensearch, partial(connect, settings.opensearch), records)
    from kintsugi.stores.lance import LanceIndex

    return LanceIndex(settings.index_path)


def opensearch_index(
    settings: "OpenSearchSettings", connect: "Callable[[], OpenSearch]", records: "Callable[[], RecordStore]"
) -> "SearchIndex":
    """Return the projection on OpenSearch, whoever builds its client: the settings or one of Airflow's hooks."""
    from kintsugi.stores.opensearch import OpenSearchIndex
    from kintsugi.stores.owner import Owner

    return OpenSearchIndex(
        connect,
        prefix=settings.prefix,
        knn_engine=settings.knn_engine,
        shards=settings.shards,
        replicas=settings.replicas,
        owner=Owner(records),
        timeout=settings.timeout,
    )
