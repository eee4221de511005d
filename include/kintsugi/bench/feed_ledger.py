"""What a change feed has to come to, counted from the files and the texts themselves, on disk."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from kintsugi.bench.feed_refusals import BELIEVED, must_be_refused
from kintsugi.bench.releases import files_of
from kintsugi.documents.identity import digest
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, DocumentVersion, Quarantined, RunRef
from kintsugi.sources.registry import max_bytes

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE files (path TEXT PRIMARY KEY, mark TEXT) WITHOUT ROWID;
CREATE TABLE files_before (path TEXT PRIMARY KEY, mark TEXT) WITHOUT ROWID;
CREATE TABLE bad (path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE held (path TEXT, document TEXT, believed INTEGER);
CREATE INDEX held_document ON held (document);
CREATE VIEW refused AS SELECT path FROM bad UNION SELECT path FROM held WHERE believed;
CREATE TABLE taken (path TEXT PRIMARY KEY, mark TEXT) WITHOUT ROWID;
CREATE TABLE live (id TEXT PRIMARY KEY, text TEXT, document TEXT, context TEXT) WITHOUT ROWID;
CREATE TABLE live_before (id TEXT PRIMARY KEY, text TEXT, document TEXT, context TEXT) WITHOUT ROWID;
CREATE TABLE contexts (document TEXT, context TEXT, PRIMARY KEY (document, context)) WITHOUT ROWID;
CREATE TABLE texts (text TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE changed (text TEXT PRIMARY KEY) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class FileCounts:
    """How the files of a release differ from those before it, and what an exact intake makes of them.

    Attributes:
        added, removed, changed, same: files, by name and bytes.
        moved: those of the added ones whose bytes a removed one had.
        written, deleted, skipped, refused: documents, when no more is refused than has to be: what a look at the
            bytes shows (see `must_be_refused`), and what the detectors of sensitive text refused.
        believed: those of the refused ones of which only the detectors know why.
        unexplained: of the files in quarantine, those for which there is no reason.
    """

    added: int
    removed: int
    changed: int
    same: int
    moved: int
    written: int
    deleted: int
    skipped: int
    refused: int
    believed: int
    unexplained: int


@dataclass(frozen=True)
class ChunkCounts:
    """How the chunks of a release differ from those before it.

    Attributes:
        kept, removed: of the chunks that were live before, by id: those that still are, those that aren't.
        new_texts: distinct texts, headings included, that no chunk of an earlier release had.
        changed_texts: those of them that say what their document did not: a passage that no earlier version has word
            for word, or a title or path of headings that it did not have. What was merely cut elsewhere is not among
            them.
    """

    kept: int
    removed: int
    new_texts: int
    changed_texts: int


class FeedLedger:
    """Keeps, in a file of its own, what was in the releases so far. Memory stays flat."""

    def __init__(self, place: Path) -> None:
        self._at = sqlite3.connect(place, isolation_level=None)
        self._at.executescript(_TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._at.close()

    def files(self, platform: Platform, source: str, corpus: Path, prefix: str) -> FileCounts:
        """Read the files of the next release and count; ``prefix`` is what their external ids begin with."""
        self._at.execute("BEGIN")
        self._next("files")
        self._at.execute("DELETE FROM bad")
        most = max_bytes(platform.settings)
        for parts in files_of(corpus):
            data = corpus.joinpath(*parts).read_bytes()
            self._at.execute("INSERT INTO files VALUES (?, ?)", ("/".join(parts), digest(data)))
            if must_be_refused(data, most):
                self._at.execute("INSERT INTO bad VALUES (?)", ("/".join(parts),))
        self._at.execute("DELETE FROM held")
        held = platform.records.scan(Quarantined, {"source": source, "state": "held"})
        self._at.executemany(
            "INSERT INTO held VALUES (?, ?, ?)",
            ((each.item.removeprefix(prefix), each.document, each.check in BELIEVED) for each in held),
        )
        counted = FileCounts(
            added=self._count("files WHERE path NOT IN (SELECT path FROM files_before)"),
            removed=self._count("files_before WHERE path NOT IN (SELECT path FROM files)"),
            changed=self._count("files JOIN files_before AS old USING (path) WHERE files.mark <> old.mark"),
            same=self._count("files JOIN files_before AS old USING (path) WHERE files.mark = old.mark"),
            moved=self._count(
                "files WHERE path NOT IN (SELECT path FROM files_before) AND mark IN "
                "(SELECT mark FROM files_before WHERE path NOT IN (SELECT path FROM files))"
            ),
            written=self._count(
                "files LEFT JOIN taken USING (path) WHERE taken.mark IS NOT files.mark AND path NOT IN refused"
            ),
            deleted=self._count("taken WHERE path NOT IN (SELECT path FROM files)"),
            skipped=self._count("files JOIN taken USING (path) WHERE taken.mark = files.mark AND path NOT IN refused"),
            refused=self._count("files WHERE path IN refused"),
            believed=self._count("files WHERE path IN refused AND path NOT IN bad"),
            unexplained=self._count(
                "files WHERE path IN (SELECT path FROM held WHERE NOT believed) AND path NOT IN bad"
            ),
        )
        self._at.execute("DELETE FROM taken WHERE path NOT IN (SELECT path FROM files)")
        self._at.execute("INSERT OR REPLACE INTO taken SELECT path, mark FROM files WHERE path NOT IN refused")
        self._at.execute("COMMIT")
        return counted

    def is_refused(self, document: str) -> bool:
        """Tell whether a document is in quarantine for a reason: its last good version goes on being served."""
        return self._count("held WHERE document = ? AND (believed OR path IN bad)", document) > 0

    def chunks(self, platform: Platform, source: str, run: RunRef) -> ChunkCounts:
        """Read the chunks that are live after a release was taken in by ``run``, and count."""
        self._at.execute("BEGIN")
        self._next("live")
        live = platform.records.scan(Chunk, {"source": source, "live": True})
        self._at.executemany(
            "INSERT INTO live VALUES (?, ?, ?, ?)",
            ((each.id, each.text_hash, each.document, _context(each)) for each in live),
        )
        self._at.execute("DELETE FROM changed")
        self._at.executemany("INSERT OR IGNORE INTO changed VALUES (?)", self._changed(platform, source, run))
        counted = ChunkCounts(
            kept=self._count("live_before WHERE id IN (SELECT id FROM live)"),
            removed=self._count("live_before WHERE id NOT IN (SELECT id FROM live)"),
            new_texts=self._count("(SELECT DISTINCT text FROM live WHERE text NOT IN (SELECT text FROM texts))"),
            changed_texts=self._count("changed"),
        )
        self._at.execute("INSERT OR IGNORE INTO texts SELECT text FROM live")
        self._at.execute("INSERT OR IGNORE INTO contexts SELECT document, context FROM live")
        self._at.execute("COMMIT")
        return counted

    def _changed(self, platform: Platform, source: str, run: RunRef) -> Iterator[tuple[str]]:
        """Yield the texts, unknown so far, of chunks that say what no earlier version of their document says."""
        for document in platform.records.scan(Document, {"source": source, "deleted_at": None}):
            if document.run != run:
                continue
            chunks = platform.records.scan(Chunk, {"document": document.id, "live": True})
            new = [each for each in chunks if not self._count("texts WHERE text = ?", each.text_hash)]
            for version in platform.records.scan(DocumentVersion, {"document": document.id}):
                if version.id != document.current:
                    new = [each for each in new if each.text not in version.text or not self._had(each)]
            yield from ((each.text_hash,) for each in new)

    def _had(self, chunk: Chunk) -> bool:
        return self._count("contexts WHERE document = ? AND context = ?", chunk.document, _context(chunk)) > 0

    def _next(self, table: str) -> None:
        self._at.execute(f"DELETE FROM {table}_before")
        self._at.execute(f"INSERT INTO {table}_before SELECT * FROM {table}")
        self._at.execute(f"DELETE FROM {table}")

    def _count(self, what: str, *values: str) -> int:
        return int(self._at.execute(f"SELECT count(*) FROM {what}", values).fetchone()[0])


def _context(chunk: Chunk) -> str:
    return digest(chunk.title, *chunk.heading)
