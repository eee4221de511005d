"""Whether the documents of a source say what the rows of its table say: each row once, and nothing besides."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from kintsugi.platform import Platform
from kintsugi.records import Document, DocumentVersion

_PAGE = 500


@dataclass(frozen=True)
class Loaded:
    """Rows that were written, documents that are live, and documents that say what one row says, word for word."""

    rows: int
    documents: int
    equal: int

    @property
    def exact(self) -> bool:
        """Whether every row is a document, and every document a row; of no rows nothing can be said."""
        return 0 < self.rows == self.documents == self.equal


def loaded_of(platform: Platform, source: str, history: Path) -> Loaded:
    """Compare a source's live documents with its table, by key and text. Memory holds a page."""
    documents = equal = 0
    with closing(sqlite3.connect(history)) as at:
        rows = int(at.execute(f"SELECT count(*) FROM {source}").fetchone()[0])
        for page in _pages(platform, source):
            documents += len(page)
            names = [each.external_id for each in page.values()]
            said = dict(at.execute(f"SELECT CAST(id AS TEXT), what FROM {source} WHERE id IN ({_marks(names)})", names))
            versions = platform.records.get_many(DocumentVersion, page)
            equal += sum(
                version in versions and versions[version].text.strip() == said.get(document.external_id)
                for version, document in page.items()
            )
    return Loaded(rows, documents, equal)


def _pages(platform: Platform, source: str) -> Iterator[Mapping[str, Document]]:
    """Yield live documents by the id of their version, a page at a time."""
    page: dict[str, Document] = {}
    for document in platform.records.scan(Document, {"source": source, "deleted_at": None}):
        page[document.current] = document
        if len(page) == _PAGE:
            yield page
            page = {}
    yield page


def _marks(values: list[str]) -> str:
    return ", ".join("?" * len(values))
