"""The canonical dump: what *byte-equal* speaks of."""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

from kintsugi.errors import TerminalError
from kintsugi.index.generations import serving
from kintsugi.platform import Platform
from kintsugi.records import Document
from kintsugi.stores.search import IndexEntry

PAGE = 500


@dataclass(frozen=True)
class Dumped:
    """How many entries were dumped from which generation, and the SHA-256 of all lines."""

    generation: str
    entries: int
    sha256: str


def dump(
    platform: Platform, out: TextIO | None = None, *, sources: Sequence[str] = (), partitions: Sequence[str] = ()
) -> Dumped:
    """Write the served entries sorted by id, one JSON object a line, to ``out``; only the digest where it is ``None``.

    A line has text, metadata and vector (base64 of little-endian float32), no run ids and no times, so that two indexes
    with the same content have the same dump. Memory stays flat.

    Args:
        platform: the wired platform.
        out: where the lines go.
        sources: only entries of these sources; empty is all.
        partitions: only entries of documents that these partitions delivered last; empty is all.

    Raises:
        TerminalError: nothing is served yet.
    """
    generation = serving(platform.records)
    if generation is None:
        raise TerminalError("dump: no generation is served yet", next_step="run `kintsugi up`, or ingest something")
    hasher = hashlib.sha256()
    count = 0
    for entry in _selected(platform, generation.id, frozenset(sources), frozenset(partitions)):
        line = line_of(entry)
        hasher.update(line.encode())
        count += 1
        if out is not None:
            out.write(line)
    return Dumped(generation.id, count, hasher.hexdigest())


def line_of(entry: IndexEntry) -> str:
    """Return an entry as its line of the dump."""
    values = {
        "id": entry.id,
        "document": entry.document,
        "document_version": entry.document_version,
        "source": entry.source,
        "title": entry.title,
        "heading": entry.heading,
        "text": entry.text,
        "start": entry.start,
        "end": entry.end,
        "labels": entry.labels.model_dump(mode="json"),
        "bucket": entry.bucket,
        "digest": entry.digest,
        "vector": base64.b64encode(entry.vector.astype("<f4").tobytes()).decode(),
    }
    return json.dumps(values, sort_keys=True, separators=(",", ":")) + "\n"


def _selected(
    platform: Platform, generation: str, sources: frozenset[str], partitions: frozenset[str]
) -> Iterator[IndexEntry]:
    entries = platform.index.entries(generation)
    while page := list(islice(entries, PAGE)):
        wanted = [entry for entry in page if not sources or entry.source in sources]
        if partitions:
            documents = platform.records.get_many(Document, {entry.document for entry in wanted})
            wanted = [each for each in wanted if (d := documents.get(each.document)) and d.partition in partitions]
        yield from wanted
