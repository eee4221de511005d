"""Judged queries in BEIR's format (Thakur et al. 2021), and its corpus as a source of documents."""

import csv
import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from kintsugi.errors import ConfigurationError
from kintsugi.records import Labels
from kintsugi.sources import media
from kintsugi.sources.port import RawItem

SOURCE = "bench"


def _not_beir(folder: Path, got: str) -> ConfigurationError:
    return ConfigurationError(
        f"benchmark data {folder}",
        expected="queries.jsonl with _id and text, qrels.tsv with query-id, corpus-id and score",
        got=got,
        next_step="correct the files, or give another folder",
    )


@dataclass(frozen=True)
class Judged:
    """A query and the grades of the documents that were judged for it, by the corpus' own ids."""

    text: str
    grades: dict[str, int]


def open_text(folder: Path, name: str) -> IO[str]:
    """Open ``name`` or ``name.xz`` in a folder.

    Raises:
        ConfigurationError: the folder has neither.
    """
    plain, packed = folder / name, folder / f"{name}.xz"
    if plain.exists():
        return plain.open(encoding="utf-8")
    if packed.exists():
        return lzma.open(packed, "rt", encoding="utf-8")
    raise ConfigurationError(
        f"benchmark data {folder}",
        expected=f"{name} or {name}.xz, in BEIR's format",
        got="neither",
        next_step="give a folder with corpus.jsonl, queries.jsonl and qrels.tsv",
    )


def judged_queries(folder: Path) -> list[Judged]:
    """Return the queries that have at least one judgement, in the order of the file.

    Raises:
        ConfigurationError: a file is missing or not in the format.
    """
    grades: dict[str, dict[str, int]] = {}
    try:
        with open_text(folder, "qrels.tsv") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                grades.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
        with open_text(folder, "queries.jsonl") as lines:
            queries = [json.loads(line) for line in lines]
        judged = [Judged(query["text"], grades[query["_id"]]) for query in queries if query["_id"] in grades]
    except (KeyError, ValueError, TypeError) as error:
        raise _not_beir(folder, f"{type(error).__name__}: {error}") from error
    if not judged:
        raise _not_beir(folder, "no query that has a judgement")
    return judged


class BeirCorpus:
    """A BEIR corpus as a source: each of its documents is an item of plain text with a title.

    Args:
        folder: the folder with ``corpus.jsonl``, possibly ``.xz``.
    """

    name = SOURCE
    contract = "documents"
    complete = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def check(self) -> None:
        """Raise when the corpus is not there."""
        open_text(self._folder, "corpus.jsonl").close()

    def partition_ready(self, partition: str, now: float) -> bool:
        """Return true: a file is complete."""
        return True

    def items(self, partition: str) -> Iterator[RawItem]:
        """Yield the documents; those without text are left out, as there is nothing to find in them."""
        with open_text(self._folder, "corpus.jsonl") as lines:
            for line in lines:
                document = json.loads(line)
                if document["text"].strip():
                    yield self._item(document)

    def _item(self, document: dict[str, Any]) -> RawItem:
        return RawItem(
            external_id=document["_id"],
            media_type=media.TEXT,
            locator=(self._folder / "corpus.jsonl").absolute().as_uri(),
            read=partial(str.encode, document["text"]),
            labels=Labels(),
            title=document.get("title") or "",
        )
