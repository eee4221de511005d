"""Documents as people name them."""

from collections.abc import Iterator
from functools import cached_property

from kintsugi.documents.identity import document_id
from kintsugi.errors import DataError
from kintsugi.records import Document, Partition
from kintsugi.stores.records import RecordStore

_AFTER_ALL_KEYS = "\U0010ffff"


class References:
    """Finds living documents by id, by ``source/external id``, or by an external id that only one source has."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    def document(self, name: str) -> Document:
        """Return the document of this name.

        Raises:
            DataError: there is none, it was deleted, or several sources have one.
        """
        exact = [name] if _may_be_id(name) else []
        qualified = [
            document_id(name[:at], name[at + 1 :]) for at, character in enumerate(name) if character == "/" and at
        ]
        for ids in (exact, qualified):
            found = self._living(ids, name)
            if found:
                return found[0]
        found = self._living([document_id(source, name) for source in self._sources], name)
        if not found:
            raise DataError(
                f"document {name!r}: unknown",
                expected="an external id, source/external id, or id of a document that was ingested",
                next_step="`kintsugi ask --json` shows how documents are called",
            )
        if len(found) > 1:
            raise DataError(
                f"document {name!r}: several sources have one",
                expected="one of " + ", ".join(f"{each.source}/{each.external_id}" for each in found),
                next_step="name it with its source",
            )
        return found[0]

    def _living(self, ids: list[str], name: str) -> list[Document]:
        found = list(self._records.get_many(Document, ids).values()) if ids else []
        living = [each for each in found if each.deleted_at is None]
        if found and not living:
            raise DataError(
                f"document {name!r}: was deleted at its source", next_step="name another one, or leave it out"
            )
        return living

    @cached_property
    def _sources(self) -> list[str]:
        """Return the sources that were ever ingested, with a read for each, however many partitions they have."""
        return list(_sources_of(self._records))


def _sources_of(records: RecordStore) -> Iterator[str]:
    after = ""
    while first := next(iter(records.scan(Partition, after=after, limit=1)), None):
        yield first.source
        after = Partition.key_of(first.source, _AFTER_ALL_KEYS)


def _may_be_id(name: str) -> bool:
    return bool(name) and all(character in "0123456789abcdef" for character in name)
