"""A commit, read with patience: histories hold commits that no program of today would write."""

import re
from dataclasses import dataclass

COMMIT, TAG = 1, 4
"""Kinds of objects, as gitformat-pack(5) numbers them."""

_NAME = re.compile(rb"[0-9a-f]{40}")
_TIME = re.compile(rb"(?:^|[ >])(-?\d{1,18})(?: [-+]*\d*)?\s*$")


@dataclass(frozen=True)
class Commit:
    """What a commit says of itself.

    Attributes:
        name: 40 hexadecimal digits.
        tree: the name of its folder; "" where it names none.
        parents: names of the commits that it builds on.
        author, committer: name, address and time as they are written.
        time: the committer's, in seconds since the epoch; 0 where it can't be read.
        encoding: of the text.
        message: as it is written.
    """

    name: bytes
    tree: bytes
    parents: tuple[bytes, ...]
    author: bytes
    committer: bytes
    time: int
    encoding: bytes
    message: bytes


def commit_of(name: bytes, data: bytes) -> Commit:
    """Return the commit that an object's bytes hold.

    Raises:
        ValueError: its parents can't be told, so that nothing is known of what came before.
    """
    head, _, message = data.partition(b"\n\n")
    said: dict[bytes, list[bytes]] = {}
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        if key:  # what begins with a blank goes on with a signature
            said.setdefault(key, []).append(value)
    parents = tuple(value.strip() for value in said.get(b"parent", ()))
    if not all(_NAME.fullmatch(parent) for parent in parents):
        raise ValueError(f"commit {name.decode()} names a parent that is none")
    tree = said.get(b"tree", [b""])[0].strip()
    committer = said.get(b"committer", [b""])[0]
    time = _TIME.search(committer)
    return Commit(
        name=name,
        tree=tree if _NAME.fullmatch(tree) else b"",
        parents=parents,
        author=said.get(b"author", [b""])[0],
        committer=committer,
        time=int(time[1]) if time else 0,
        encoding=said.get(b"encoding", [b"utf-8"])[0].strip(),
        message=message,
    )


def target_of(data: bytes) -> bytes:
    """Return the name of the object that a tag is on.

    Raises:
        ValueError: it names none.
    """
    found = re.match(rb"object ([0-9a-f]{40})\n", data)
    if found is None:
        raise ValueError("a tag on nothing")
    return found[1]
