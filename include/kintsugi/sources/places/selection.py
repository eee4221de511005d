"""Which files of a place are wanted: patterns of names and paths."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Selection:
    """Patterns that include and exclude.

    ``*`` and ``?`` stay within a name, ``**`` goes through any number of folders, ``[ab]`` is one of these. A pattern
    without ``/`` is held against the name of a file, any other against its whole path.

    Attributes:
        include: at least one of these has to fit; none includes everything.
        exclude: none of these may fit a file, or a folder or archive that it lies in.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def wants(self, path: str) -> bool:
        """Return whether a file of this path is wanted."""
        return not self.excludes(path) and (not self.include or _fits(self._included, path))

    def excludes(self, path: str) -> bool:
        """Return whether this file, or everything in this folder, is excluded."""
        if not self.exclude:
            return False
        parts = path.split("/")
        return any(_fits(self._excluded, "/".join(parts[: n + 1])) for n in range(len(parts)))

    @cached_property
    def _included(self) -> tuple[re.Pattern[str], ...]:
        return _compiled(self.include)

    @cached_property
    def _excluded(self) -> tuple[re.Pattern[str], ...]:
        return _compiled(self.exclude)


EVERYTHING = Selection()


def _compiled(patterns: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(_expression(pattern), re.DOTALL) for pattern in patterns)


def _fits(patterns: Iterable[re.Pattern[str]], path: str) -> bool:
    return any(pattern.fullmatch(path) for pattern in patterns)


def _expression(pattern: str) -> str:
    pattern = pattern.removesuffix("/")
    anywhere = "" if "/" in pattern else "(?:.*/)?"
    return anywhere + "".join(map(_piece, _PIECES.findall(pattern.removeprefix("/"))))


_PIECES = re.compile(r"\*\*/|\*\*|\*|\?|\[[^]/]+\]|.", re.DOTALL)


def _piece(piece: str) -> str:
    known = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if piece in known:
        return known[piece]
    if len(piece) > 1:
        inner = piece[1:-1]
        inner = "^" + inner[1:] if inner[0] == "!" else inner
        return "[" + inner.replace("\\", "\\\\").replace("[", "\\[") + "]"
    return re.escape(piece)
