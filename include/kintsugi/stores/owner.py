"""Whose an index is: two platforms that share a cluster and a prefix tell their indexes apart by it."""

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from kintsugi.records import INSTALLATION, Installation

if TYPE_CHECKING:
    from kintsugi.stores.records import RecordStore


class Owner:
    """The platform's own name, kept in its records: it goes wherever they go. Looked up when first needed.

    Args:
        records: opens the records, or returns those that are open.
    """

    def __init__(self, records: "Callable[[], RecordStore]") -> None:
        self._records = records
        self._key = ""

    def known(self) -> str:
        """Return the name; empty while there is none, and no index is this platform's."""
        if not self._key:
            there = self._records().get(Installation, INSTALLATION)
            self._key = "" if there is None else there.key
        return self._key

    def made(self) -> str:
        """Return the name, made up once where there is none: of several processes that do so, one wins."""
        if not self.known():
            self._records().insert(Installation(id=INSTALLATION, key=uuid.uuid4().hex))
        return self.known()
