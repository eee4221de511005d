"""The `RecordStore` on MongoDB and on servers that speak its protocol."""

from kintsugi.stores.mongo.records import MongoRecords

__all__ = ["MongoRecords"]
