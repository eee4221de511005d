"""The embedded `RecordStore`: one SQLite file in WAL mode."""

from kintsugi.stores.sqlite.records import SQLiteRecords

__all__ = ["SQLiteRecords"]
