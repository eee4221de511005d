"""The files between the stages: shards of documents as JSONL, removed when a partition is committed."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kintsugi.documents.identity import digest
from kintsugi.errors import TerminalError

MAX_SHARD_CHARACTERS = 20_000_000
_HEADER = "source.json"
_UNLISTED = "unlisted.txt"
_COLUMNS = "columns.json"


@dataclass(frozen=True)
class Header:
    """What every stage has to know about the run whose folder it works in; ``epoch`` is that of its claim."""

    source: str
    partition: str
    contract: str
    epoch: int


def claim_folder(staging: Path, source: str, partition: str, epoch: int) -> Path:
    """Return where a claim keeps its files: named by a digest, so that no name of a partition leads anywhere else."""
    return staging / f"{_named(source, partition)}-{epoch:08d}"


def open_folder(staging: Path, header: Header) -> Path:
    """Return the claim's folder, empty but for its header; whatever earlier claims of the partition left is removed.

    Each claim has a folder of its own, also that of another try of the same run: what its predecessor may still be
    writing can't get into it.
    """
    clear(staging, header.source, header.partition, header.epoch)
    folder = claim_folder(staging, header.source, header.partition, header.epoch)
    folder.mkdir(parents=True)
    write_whole(folder / _HEADER, [json.dumps(asdict(header))])
    return folder


def clear(staging: Path, source: str, partition: str, epoch: int) -> None:
    """Remove the files of this claim and of all before it; those of a later one are not touched."""
    newest = claim_folder(staging, source, partition, epoch).name
    for folder in staging.glob(f"{_named(source, partition)}-*"):
        if folder.name <= newest:
            shutil.rmtree(folder, ignore_errors=True)


def header_of(folder: Path) -> Header:
    """Return the header of a run's folder.

    Raises:
        TerminalError: the folder is gone, e.g. because a later run of the partition has begun.
    """
    try:
        return Header(**json.loads((folder / _HEADER).read_text()))
    except FileNotFoundError as error:
        raise TerminalError(
            f"staging folder {folder}: gone",
            expected="the files that the run's fetch task wrote",
            next_step="clear the run from its fetch task on; another run of the same partition may have taken over",
        ) from error


def write_columns(folder: Path, columns: Sequence[str]) -> None:
    """Keep which columns a table had when it was listed, for its validation; nothing where there are none."""
    if columns:
        write_whole(folder / _COLUMNS, [json.dumps(list(columns))])


def columns_of(folder: Path) -> list[str]:
    """Return what `write_columns` kept; nothing for a source that has no columns."""
    path = folder / _COLUMNS
    return [str(each) for each in json.loads(path.read_text())] if path.exists() else []


class Shards:
    """Writes documents into shards, bounded in documents and in characters."""

    def __init__(self, folder: Path, max_documents: int, max_characters: int = MAX_SHARD_CHARACTERS) -> None:
        self.paths: list[str] = []
        self.documents = 0
        self._folder = folder
        self._max_documents = max_documents
        self._max_characters = max_characters
        self._lines: list[str] = []
        self._characters = 0

    def add(self, document: dict[str, Any]) -> None:
        """Stage a document."""
        line = json.dumps(document, ensure_ascii=False)
        self._lines.append(line)
        self._characters += len(line)
        self.documents += 1
        if len(self._lines) >= self._max_documents or self._characters >= self._max_characters:
            self.flush()

    def flush(self) -> None:
        """Write what is not written yet."""
        if self._lines:
            path = self._folder / f"shard-{len(self.paths):05d}.jsonl"
            write_whole(path, self._lines)
            self.paths.append(str(path))
        self._lines = []
        self._characters = 0

    def keep(self, wanted: Callable[[dict[str, Any]], bool]) -> None:
        """Write the shards again, after `flush`, with only those of their documents that are wanted."""
        for name in list(self.paths):
            path = Path(name)
            write_whole(path, (line for line in _lines_of(path) if wanted(json.loads(line))))
            if not count_documents(path):
                path.unlink()
                self.paths.remove(name)
        self.documents = sum(count_documents(Path(path)) for path in self.paths)


def read_documents(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the documents of a shard."""
    return (json.loads(line) for line in _lines_of(path))


def write_unlisted(folder: Path, parts: Iterable[str]) -> None:
    """Note the parts of a source that could not be listed."""
    write_whole(folder / _UNLISTED, parts)


def unlisted_of(folder: Path) -> tuple[str, ...]:
    """Return the parts of the source that could not be listed."""
    return tuple(_lines_of(folder / _UNLISTED))


def count_documents(path: Path) -> int:
    """Return how many documents a shard has."""
    return sum(1 for _ in _lines_of(path))


def kept_path(shard: Path) -> Path:
    """Return where the validated copy of a shard lies."""
    return shard.with_suffix(".kept.jsonl")


def original_path(kept: Path) -> Path:
    """Return the shard that a validated copy was made of."""
    return kept.with_name(kept.name.replace(".kept.jsonl", ".jsonl"))


def write_whole(path: Path, lines: Iterable[str]) -> None:
    """Write a file that is either not there or complete."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    part.replace(path)


def _lines_of(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.rstrip("\n")


def _named(source: str, partition: str) -> str:
    return digest("staging", source, partition)
