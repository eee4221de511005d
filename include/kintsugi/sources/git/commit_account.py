"""A readable account of a commit, as Markdown: the same commit gives the same text."""

import re
from datetime import UTC, datetime

from kintsugi.sources.git.changes import Changes, FileChange
from kintsugi.sources.git.commit import Commit

ACCOUNT = "commit-account-1"
"""Goes up when the account of the same commit becomes another text."""

_MAX_MESSAGE = 20_000
_MAX_BYTES = 10 * _MAX_MESSAGE
_MAX_DIFFERENCE = 400
_MAX_DIFFERENCE_OF_FILE = 60
_LAST_SECOND = 253_402_300_799
_ADDRESS = re.compile(r"(?<!\s)\s*+<[^<>\s@]*+@[^<>\s]*+>")
_FENCE = re.compile(r"`{3,}")


def title_of(commit: Commit) -> str:
    """Return the first line of the commit's message."""
    message = _text(commit, commit.message).strip()
    return message.split("\n", 1)[0].strip()[:200] or f"Commit {commit.name.decode()[:12]}"


def author_of(commit: Commit) -> str:
    """Return the author's name; never the e-mail address."""
    return _name(commit, commit.author)


def date_of(commit: Commit) -> str:
    """Return the committer's date in UTC, as ISO 8601 to the second."""
    return _moment(commit.time).strftime("%Y-%m-%dT%H:%M:%SZ")


def account_of(commit: Commit, parents: list[bytes], changes: Changes) -> str:
    """Return what the commit says and what it changed; the difference is cut to a readable length."""
    message = _ADDRESS.sub("", _text(commit, commit.message)).strip()[:_MAX_MESSAGE]
    body = message.split("\n", 1)[1].strip() if "\n" in message else ""
    parts = [f"# {title_of(commit)}", _summary(commit, parents), body]
    if changes.files:
        listed = [_line(each) for each in changes.files]
        if changes.more:
            listed.append(f"- and {changes.more:,} more")
        parts += ["## Files changed", "\n".join(listed)]
        parts += _differences(changes.files)
    return "\n\n".join(part for part in parts if part) + "\n"


def _summary(commit: Commit, parents: list[bytes]) -> str:
    committer = _name(commit, commit.committer)
    by = author_of(commit)
    committed = f", committed by {committer}" if committer != by else ""
    names = ", ".join(f"`{each.decode()[:12]}`" for each in parents)
    kind = "Merge commit" if len(parents) > 1 else "Commit"
    after = f" Parents: {names}." if len(parents) > 1 else ""
    date = _moment(commit.time).strftime("%Y-%m-%d %H:%M:%S")
    return f"{kind} `{commit.name.decode()}` by {by}{committed}, {date} UTC.{after}"


def _line(change: FileChange) -> str:
    counted = f", +{change.added} −{change.removed}" if change.added is not None else ""
    note = f" ({change.note})" if change.note else ""
    return f"- `{change.path}` {change.kind}{counted}{note}"


def _differences(files: tuple[FileChange, ...]) -> list[str]:
    room = _MAX_DIFFERENCE
    parts: list[str] = []
    for each in files:
        shown = each.difference[: min(room, _MAX_DIFFERENCE_OF_FILE)]
        if not shown:
            continue
        room -= len(shown)
        more = len(each.difference) - len(shown)
        parts += [f"## {each.path}", _fenced(shown), f"… {more:,} more lines" if more else ""]
    return parts


def _fenced(lines: tuple[str, ...]) -> str:
    text = "\n".join(lines)
    longest = max((len(found[0]) for found in _FENCE.finditer(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}diff\n{text}\n{fence}"


def _name(commit: Commit, signature: bytes) -> str:
    text = _text(commit, signature)
    name = " ".join(text.split("<", 1)[0].split())
    return name.split("@", 1)[0][:200] or "an unnamed author"


def _text(commit: Commit, data: bytes) -> str:
    """Return the text in the encoding that the commit names, or in UTF-8; of what is none, something readable."""
    data = data[:_MAX_BYTES]
    try:
        text = data.decode(commit.encoding.decode("ascii"), "replace")
    except (LookupError, ValueError):  # a name that is none, and codecs that don't know "replace"
        text = data.decode("utf-8", "replace")
    return text.encode("utf-8", "replace").decode()  # UTF-7 can spell half a character


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(min(max(seconds, 0), _LAST_SECOND), UTC)
