"""The embedded `SearchIndex`: LanceDB tables in a folder."""

from kintsugi.stores.lance.index import LanceIndex

__all__ = ["LanceIndex"]
