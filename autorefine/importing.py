"""Patterns from elsewhere: SKILL.md folders after the Agent Skills specification, and JSON. All come as candidates.

What is read here is data: nothing in it is followed, and no pattern is active before the gates have let it pass here.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autorefine.export import EVIDENCE_FILE, MAX_DESCRIPTION, MAX_NAME, SAYS, SKILL_FILE
from autorefine.pattern import Pattern, Scope, pattern_id
from autorefine.symbols import DO
from autorefine.wording import MAX_GUIDELINE

MAX_BYTES = 1_000_000
"""Of a SKILL.md."""

MAX_EVIDENCE_BYTES = 16_000_000
MOST_PATTERNS = 10_000

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class BadSkill:
    """A folder, or an entry of a JSON document, that is no pattern, and why."""

    place: str
    reason: str


def read_skills(folder: Path, on_bad_skill: Callable[[BadSkill], object], now: float) -> Iterator[Pattern]:
    """Yield the skills of a folder as candidates: of the folder itself if it holds a SKILL.md, else of those in it.

    A skill that `export.write_skills` wrote is the same pattern again, with its evidence. Any other one becomes a skill
    without evidence that a run follows when it acts by the skill's name. A folder that can't be read, or breaks the
    specification, is given to ``on_bad_skill`` and skipped.

    Args:
        folder: where the skills are; symbolic links are passed over.
        on_bad_skill: is told of each folder that holds no skill.
        now: when foreign patterns count as made, seconds since the epoch.
    """
    own = folder / SKILL_FILE
    found = [own] if own.is_file() else sorted(each / SKILL_FILE for each in folder.iterdir() if each.is_dir())
    for file in found:
        if file.is_symlink() or file.parent.is_symlink() or not file.exists():
            continue
        try:
            yield _skill(file, now)
        except (OSError, ValueError, RecursionError) as refused:
            on_bad_skill(BadSkill(file.parent.name, str(refused) or type(refused).__name__))


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
            yield as_candidate(_known(Pattern.from_document(entry)))
        except (ValueError, RecursionError) as refused:
            on_bad_pattern(BadSkill(f"patterns[{number}]", str(refused)))
    if len(entries) > MOST_PATTERNS:
        on_bad_pattern(BadSkill(f"patterns[{MOST_PATTERNS}]", f"only {MOST_PATTERNS:,} patterns are read"))


def as_candidate(pattern: Pattern) -> Pattern:
    """Return the pattern with what it says and rests on, and without what was decided and counted elsewhere."""
    return replace(pattern, state="candidate", counters={}, verdicts=(), looks=0, withdrawals=(), version=0)


def _skill(file: Path, now: float) -> Pattern:
    front, body = _parts(_read(file, MAX_BYTES))
    name, description, metadata = front.get("name"), front.get("description"), front.get("metadata")
    if not isinstance(name, str) or len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise ValueError(f"name: expected at most {MAX_NAME} of a–z, 0–9 and single hyphens, got {name!r:.100}")
    if name != file.parent.name:
        raise ValueError(f"name: expected the folder's name {file.parent.name!r:.100}, got {name!r}")
    if not isinstance(description, str) or not 0 < len(description.strip()) <= MAX_DESCRIPTION:
        raise ValueError(f"description: expected 1 to {MAX_DESCRIPTION} characters, got {description!r:.100}")
    says = metadata.get(SAYS) if isinstance(metadata, dict) else None
    if isinstance(says, str):
        return _ours(says, file.parent / EVIDENCE_FILE)
    signature = (DO + name,)
    return Pattern(
        id=pattern_id("skill", signature, None, avoid=False),
        kind="skill",
        name=name,
        guideline=_line(f"{description} {body}")[:MAX_GUIDELINE],
        signature=signature,
        guard=None,
        avoid=False,
        scope=Scope(),
        evidence=(),
        effect=None,
        machine=None,
        created_at=now,
    )


def _ours(says: str, evidence: Path) -> Pattern:
    said = json.loads(says)
    if not isinstance(said, dict):
        raise ValueError(f"metadata.{SAYS}: expected a pattern as JSON")
    items = json.loads(_read(evidence, MAX_EVIDENCE_BYTES)) if evidence.is_file() else []
    rest: dict[str, Any] = {
        "evidence": items,
        "state": "candidate",
        "counters": {},
        "verdicts": [],
        "looks": 0,
        "version": 0,
    }
    return _known(Pattern.from_document(said | rest))


def _known(pattern: Pattern) -> Pattern:
    expected = pattern_id(pattern.kind, pattern.signature, pattern.guard, avoid=pattern.avoid)
    if pattern.id != expected:
        raise ValueError(f"id: expected {expected}, the hash of what the pattern says, got {pattern.id!r:.100}")
    return pattern


def _read(file: Path, longest: int) -> str:
    if file.is_symlink() or file.parent.is_symlink():
        raise ValueError(f"{file.name}: a symbolic link")
    if file.stat().st_size > longest:
        raise ValueError(f"{file.name}: expected at most {longest:,} bytes, got {file.stat().st_size:,}")
    return file.read_text(encoding="utf-8")


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
        raise ValueError(f"front matter: {_line(str(refused))[:200]}") from refused
    if not isinstance(front, dict):
        raise ValueError("front matter: expected a mapping")
    return front, "\n".join(lines[end + 1 :])


def _line(text: str) -> str:
    """Return text on one line, without what does not print."""
    return "".join(each for each in " ".join(text.split()) if each.isprintable())
