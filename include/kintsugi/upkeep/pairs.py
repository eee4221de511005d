"""Pairs of documents that are alike, found in bounded memory: the bands of all sketches lie in a file."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from kintsugi.platform import Platform
from kintsugi.records import Document, DocumentVersion
from kintsugi.records.upkeep import TextSketch
from kintsugi.upkeep.sketch import alike, bands, sketch

LEAST_ALIKE = 0.5
_PAGE = 50

_FIRST_OF_EACH_BAND = """
SELECT DISTINCT least.document, bands.document FROM bands
JOIN (SELECT band, content, MIN(document) AS document FROM bands GROUP BY band, content HAVING COUNT(*) > 1) AS least
  ON bands.band = least.band AND bands.content = least.content
WHERE bands.document > least.document ORDER BY least.document, bands.document
"""


@dataclass(frozen=True)
class Alike:
    """Two documents in the order of their ids, and the estimated share of text that they have in common."""

    one: Document
    other: Document
    share: float


def alike_documents(platform: Platform) -> Iterator[Alike]:
    """Yield pairs of documents with at least `LEAST_ALIKE` in common; hidden ones answer nothing and are left out.

    Each document is compared with the first one of its group, so that many copies of one text are as many pairs and no
    more. A text is sketched once a version; a second pass reads sketches only.
    """
    records = platform.records
    with TemporaryDirectory(prefix="kintsugi-upkeep-") as folder:
        table = sqlite3.connect(Path(folder) / "bands.sqlite")
        try:
            table.execute("PRAGMA journal_mode = OFF")
            table.execute("CREATE TABLE bands (band INTEGER, content BLOB, document TEXT)")
            readable = (each for each in records.scan(Document, {"deleted_at": None}) if each.chunks)
            while page := list(islice(readable, _PAGE)):
                for made in _sketches(platform, page):
                    rows = [(band, content, made.id) for band, content in bands(made.values)]
                    table.executemany("INSERT INTO bands VALUES (?, ?, ?)", rows)
            table.execute("CREATE INDEX by_content ON bands (band, content, document)")
            for one, other in table.execute(_FIRST_OF_EACH_BAND):
                yield from _if_alike(platform, one, other)
        finally:
            table.close()


def _sketches(platform: Platform, page: Sequence[Document]) -> list[TextSketch]:
    known = platform.records.get_many(TextSketch, [each.id for each in page])
    found = [known[each.id] for each in page if each.id in known and known[each.id].document_version == each.current]
    done = {each.id for each in found}
    missing = {each.current: each.id for each in page if each.id not in done}
    for version in platform.records.get_many(DocumentVersion, missing).values():
        made = TextSketch(id=version.document, document_version=version.id, values=sketch(version.text))
        platform.records.put([made])
        found.append(made)
    return found


def _if_alike(platform: Platform, one: str, other: str) -> Iterator[Alike]:
    sketches = platform.records.get_many(TextSketch, [one, other])
    documents = platform.records.get_many(Document, [one, other])
    if len(sketches) == len(documents) == 2:  # either may have gone meanwhile
        share = alike(sketches[one].values, sketches[other].values)
        if share >= LEAST_ALIKE:
            yield Alike(documents[one], documents[other], share)
