"""The `SearchIndex` on OpenSearch: one index a generation."""

from kintsugi.stores.opensearch.index import OpenSearchIndex

__all__ = ["OpenSearchIndex"]
