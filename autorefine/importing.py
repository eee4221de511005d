"""Patterns from elsewhere: SKILL.md folders after the Agent Skills specification, and JSON. All come as candidates.

What is read here is data: nothing in it is followed, no pattern is active before the gates have let it pass here, and
what was measured elsewhere is kept apart from what is measured here, as a claim. See `claims`.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import nsmallest
from pathlib import Path
from typing import Any

from autorefine.claims import as_candidate, claim, one_line
from autorefine.export import MAX_DESCRIPTION, MAX_NAME, SAYS, SKILL_FILE
from autorefine.pattern import Pattern, Scope, pattern_id
from autorefine.proportions import Table
from autorefine.symbols import DO
from autorefine.wording import MAX_GUIDELINE

MAX_BYTES = 1_000_000
"""Of a SKILL.md."""

MAX_SAID = 50_000
"""Bytes of a pattern as JSON."""

MOST_PATTERNS = 10_000
"""Of a folder or a document."""

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SUCCEEDED = re.compile(r"(\d{1,9}) of (\d{1,9}) succeeded")
_NOTHING: dict[str, Any] = {
    "evidence": [],
    "state": "candidate",
    "counters": {},
    "verdicts": [],
    "looks": 0,
    "version": 0,
}


@dataclass(frozen=True)
class BadSkill:
    """A folder, or an entry of a JSON document, that is no pattern, and why."""

    place: str
    reason: str


def read_skills(folder: Path, on_bad_skill: Callable[[BadSkill], object], now: float) -> Iterator[Pattern]:
    """Yield the skills of a folder as candidates: of the folder itself if it holds a SKILL.md, else of those in it.

    A skill that `export.write_skills` wrote says the same again; its evidence is not read. Any other one becomes a
    skill that a run follows when it acts by the skill's name. A folder that can't be read, or breaks the specification,
    is given to ``on_bad_skill`` and skipped; so is what goes beyond `MOST_PATTERNS`.

    Args:
        folder: where the skills are; symbolic links are passed over.
        on_bad_skill: is told of each folder that holds no skill.
        now: when foreign patterns count as made, seconds since the epoch.
    """
    own = folder / SKILL_FILE
    inside = (each / SKILL_FILE for each in folder.iterdir() if each.is_dir())
    found = [own] if own.is_file() else nsmallest(MOST_PATTERNS + 1, inside)
    for file in found[:MOST_PATTERNS]:
        if file.is_symlink() or file.parent.is_symlink() or not file.exists():
            continue
        try:
            yield _bounded(_skill(file, now))
        except (OSError, ValueError, RecursionError) as refused:
            on_bad_skill(BadSkill(file.parent.name, str(refused) or type(refused).__name__))
    if len(found) > MOST_PATTERNS:
        on_bad_skill(BadSkill(found[-1].parent.name, f"only {MOST_PATTERNS:,} skills are read, in the order of names"))


def read_patterns_json(text: str, on_bad_pattern: Callable[[BadSkill], object]) -> Iterator[Pattern]:
    """Yield the patterns of a document that `export.patterns_json` wrote, as candidates.

    An entry that is no pattern is given to ``on_bad_pattern`` and skipped.

    Raises:
        ValueError: the document is no JSON, or has no list of patterns.
    """
    document = json.loads(text)
    entries = document.get("patterns") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("patterns: expected an object with a list of patterns")
    for number, entry in enumerate(entries[:MOST_PATTERNS]):
        try:
            known = Pattern.from_document(entry)
            yield _bounded(_claimed(known, known.support))
        except (ValueError, RecursionError) as refused:
            on_bad_pattern(BadSkill(f"patterns[{number}]", str(refused)))
    if len(entries) > MOST_PATTERNS:
        on_bad_pattern(BadSkill(f"patterns[{MOST_PATTERNS}]", f"only {MOST_PATTERNS:,} patterns are read"))


def _skill(file: Path, now: float) -> Pattern:
    front, body = _parts(_read(file, MAX_BYTES))
    name, description, metadata = front.get("name"), front.get("description"), front.get("metadata")
    if not isinstance(name, str) or len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise ValueError(f"name: expected at most {MAX_NAME} of a–z, 0–9 and single hyphens, got {_shown(name)}")
    if name != file.parent.name:
        raise ValueError(f"name: expected the folder's name {file.parent.name!r:.100}, got {name!r}")
    if not isinstance(description, str) or not 0 < len(description.strip()) <= MAX_DESCRIPTION:
        raise ValueError(f"description: expected 1 to {MAX_DESCRIPTION} characters, got {_shown(description)}")
    metadata = metadata if isinstance(metadata, dict) else {}
    says = metadata.get(SAYS)
    if isinstance(says, str):
        return _ours(says, metadata)
    signature = (DO + name,)
    foreign = Pattern(
        id=pattern_id("skill", signature, None, avoid=False),
        kind="skill",
        name=name,
        guideline=one_line(f"{description} {body}")[:MAX_GUIDELINE],
        signature=signature,
        guard=None,
        avoid=False,
        scope=Scope(),
        evidence=(),
        effect=None,
        machine=None,
        created_at=now,
    )
    return foreign.ruled(claim(None, None))


def _ours(says: str, metadata: dict[str, Any]) -> Pattern:
    said = json.loads(says)
    if not isinstance(said, dict):
        raise ValueError(f"metadata.{SAYS}: expected a pattern as JSON")
    known = Pattern.from_document(said | _NOTHING)
    followed, otherwise = _counts(metadata.get("followed")), _counts(metadata.get("otherwise"))
    support = Table(*followed, *otherwise) if followed and otherwise else None
    return _claimed(known, support)


def _counts(text: object) -> tuple[int, int] | None:
    """Return how many there were and how many succeeded, as `export.write_skills` says it."""
    found = _SUCCEEDED.fullmatch(text) if isinstance(text, str) else None
    return (int(found[2]), int(found[1])) if found else None


def _claimed(pattern: Pattern, support: Table | None) -> Pattern:
    """Return the pattern as a candidate beside which its figures stand.

    Raises:
        ValueError: its id is another pattern's.
    """
    expected = pattern_id(pattern.kind, pattern.signature, pattern.guard, avoid=pattern.avoid)
    if pattern.id != expected:
        raise ValueError(f"id: expected {expected}, the hash of what the pattern says, got {pattern.id!r:.100}")
    return as_candidate(pattern, claim(support, pattern.effect))


def _bounded(pattern: Pattern) -> Pattern:
    """Return the pattern if it can be stored.

    Raises:
        ValueError: it is too long, or no text that UTF-8 can carry.
    """
    length = len(json.dumps(pattern.to_document(), ensure_ascii=False).encode())
    if length > MAX_SAID:
        raise ValueError(f"expected at most {MAX_SAID:,} bytes as JSON, got {length:,}")
    return pattern


def _read(file: Path, longest: int) -> str:
    if file.is_symlink() or file.parent.is_symlink():
        raise ValueError(f"{file.name}: a symbolic link")
    if not file.is_file():
        raise ValueError(f"{file.name}: no regular file")
    with file.open("rb") as opened:
        data = opened.read(longest + 1)
    if len(data) > longest:
        raise ValueError(f"{file.name}: expected at most {longest:,} bytes, got more")
    return data.decode("utf-8").replace("\r\n", "\n")


def _parts(text: str) -> tuple[dict[str, Any], str]:
    """Return front matter and body.

    Raises:
        ValueError: there is no front matter, or it is no YAML.
    """
    import yaml

    lines = text.split("\n")
    end = next((n for n, line in enumerate(lines) if n and line.rstrip() == "---"), None)
    if lines[0].rstrip().removeprefix("\ufeff") != "---" or end is None:
        raise ValueError("expected YAML between two lines of ---")
    try:
        front = yaml.safe_load("\n".join(lines[1:end]))
    except yaml.YAMLError as refused:
        raise ValueError(f"front matter: {one_line(str(refused))[:200]}") from refused
    if not isinstance(front, dict):
        raise ValueError("front matter: expected a mapping")
    return front, "\n".join(lines[end + 1 :])


def _shown(value: object) -> str:
    """Return a value that is no text by its type alone: YAML's aliases make small files very long."""
    return repr(value[:100]) if isinstance(value, str) else type(value).__name__
