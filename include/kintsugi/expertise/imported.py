"""Patterns from elsewhere become candidates here: the gates decide about them on this platform's own runs."""

import getpass
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from autorefine.importing import BadSkill, read_patterns_json, read_skills
from autorefine.pattern import Pattern
from autorefine.repository import VersionConflict
from kintsugi.errors import DataError
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.platform import Platform

MOST_BYTES = 64_000_000
"""Of a patterns.json."""


@dataclass(frozen=True)
class Imported:
    """Ids of patterns that are new here, of those that were known and stay as they are, and what was refused."""

    new: tuple[str, ...]
    known: tuple[str, ...]
    refused: tuple[BadSkill, ...]


def import_patterns(platform: Platform, path: Path) -> Imported:
    """Take patterns in as candidates; one that is known here stays as it is, whatever its state.

    What a folder or an entry says is data: nothing in it is followed, and nothing becomes active by being imported.

    Args:
        platform: where they go.
        path: a folder of SKILL.md folders, one such folder, or a ``patterns.json``.

    Raises:
        DataError: there is no such path, or it is no document of patterns.
    """
    repository = StoredPatterns(platform.records)
    new, known, refused = [], [], list[BadSkill]()
    try:
        for pattern in _read(path, refused, platform.records.now()):
            if repository.get(pattern.id) is None and _put(repository, pattern):
                new.append(pattern.id)
            else:
                known.append(pattern.id)
    except (OSError, ValueError) as error:
        raise DataError(
            f"import of {path}: not read",
            expected="a folder of SKILL.md folders, or a patterns.json",
            got=str(error),
            next_step="give what `kintsugi patterns export` wrote",
        ) from error
    log = structlog.get_logger()
    log.info("patterns_imported", new=len(new), known=len(known), refused=len(refused), by=getpass.getuser())
    return Imported(tuple(new), tuple(known), tuple(refused))


def _put(repository: StoredPatterns, pattern: Pattern) -> bool:
    try:
        repository.put(pattern)
    except VersionConflict:  # somebody else has just found it
        return False
    return True


def _read(path: Path, refused: list[BadSkill], now: float) -> Iterator[Pattern]:
    if path.is_dir():
        return read_skills(path, refused.append, now)
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.stat().st_size:,} bytes, more than {MOST_BYTES:,}")
    return read_patterns_json(path.read_text(encoding="utf-8"), refused.append)
