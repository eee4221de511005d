"""Patterns from elsewhere become candidates here: the gates decide about them on this platform's own runs."""

import getpass
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from autorefine.audit import entry
from autorefine.config import RefineConfig
from autorefine.export import pattern_markdown
from autorefine.gates.contract import contract
from autorefine.importing import BadSkill, read_patterns_json, read_skills
from autorefine.pattern import Pattern
from autorefine.repository import VersionConflict
from kintsugi.errors import DataError
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.expertise.screen import fault_of
from kintsugi.platform import Platform
from kintsugi.records import StoredPattern
from kintsugi.sensitive.judge import judge
from kintsugi.sensitive.policy import Policy

MOST_BYTES = 64_000_000
"""Of a patterns.json."""


@dataclass(frozen=True)
class Imported:
    """Ids of patterns that are new here, of those that were known and stay as they are, and what was refused."""

    new: tuple[str, ...]
    known: tuple[str, ...]
    refused: tuple[BadSkill, ...]


def import_patterns(platform: Platform, path: Path, by: str = "") -> Imported:
    """Take patterns in as candidates; one that is known here stays as it is, whatever its state.

    What a folder or an entry says is data: nothing in it is followed, and nothing becomes active by being imported.
    Figures that come with it are claims and stand in the history; parents are those that are here or come with it.
    What the contract gate refuses, or talks to a model, or holds a secret, is refused at once.

    Args:
        platform: where they go.
        path: a folder of SKILL.md folders, one such folder, or a ``patterns.json``.
        by: who takes them in; whoever runs this process where it is left out.

    Raises:
        DataError: there is no such path, or it is no document of patterns.
    """
    by = by or getpass.getuser()
    refused = list[BadSkill]()
    new, known = [], []
    now = platform.records.now()
    try:
        coming = {each.id for each in _read(path, lambda _: None, now) if not _fault(each)}
        for pattern in _read(path, refused.append, now):
            if fault := _fault(pattern):
                refused.append(BadSkill(pattern.id, fault))
            elif _taken_in(platform, pattern, coming, by, now):
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
    structlog.get_logger().info("patterns_imported", new=len(new), known=len(known), refused=len(refused), by=by)
    return Imported(tuple(new), tuple(known), tuple(refused))


def _taken_in(platform: Platform, pattern: Pattern, coming: set[str], by: str, now: float) -> bool:
    """Note and store a pattern; tell whether it is new here."""
    repository = StoredPatterns(platform.records)
    if repository.get(pattern.id) is not None:
        return False
    here = platform.records.get_many(StoredPattern, pattern.parents)
    parents = tuple(each for each in pattern.parents if each in here or each in coming)
    taken = replace(pattern, parents=parents, created_at=now)
    repository.note([entry(None, taken, taken.verdicts[0], n=repository.taken_in(), at=now, by=by)])
    try:
        repository.put(taken)
    except VersionConflict:  # somebody else has just found it
        return False
    return True


def _fault(pattern: Pattern) -> str:
    """Return why the pattern must not come in; "" when it may."""
    verdict = contract(pattern, RefineConfig(fault_of=fault_of))
    if verdict.ruling == "refuse":
        return verdict.reason
    judged = judge(pattern_markdown(pattern), Policy())
    return judged.reason if judged.action == "quarantine" else ""


def _read(path: Path, on_bad: Callable[[BadSkill], object], now: float) -> Iterator[Pattern]:
    if path.is_dir():
        return read_skills(path, on_bad, now)
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.stat().st_size:,} bytes, more than {MOST_BYTES:,}")
    return read_patterns_json(path.read_text(encoding="utf-8"), on_bad)
