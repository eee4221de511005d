"""Processes that die at a write: every one of a scenario's writes in turn."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kintsugi.platform import Platform
from kintsugi.records import Chunk, Fingerprint, Generation
from kintsugi.settings import Settings
from tests.builders import RUN, FakeClock, HashEmbedder
from tests.healing.conftest import Killed
from tests.index.corpus import store

WRITES = ("insert", "insert_missing", "put", "replace", "delete", "create", "drop", "write", "refresh", "serve")


class Counted:
    """Passes everything on to a store or index; calls ``before`` with the name and arguments of each write."""

    def __init__(self, inner: Any, before: Callable[[Any, str, tuple[Any, ...]], None]) -> None:
        self._inner = inner
        self._before = before

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name not in WRITES:
            return method

        def write(*args: Any, **kwargs: Any) -> Any:
            self._before(self._inner, name, args)
            return method(*args, **kwargs)

        return write


class DiesAt:
    """Dies at the n-th write (from 0) of a process, before it is made; an index's bulk write after its first half."""

    def __init__(self, last: int, die: Callable[[], None]) -> None:
        self.writes = 0
        self.died_at = ""
        self._last = last
        self._die = die

    def __call__(self, inner: Any, name: str, args: tuple[Any, ...]) -> None:
        if self.writes == self._last:
            self.died_at = f"{type(inner).__name__}.{name}"
            if name == "write":
                inner.write(args[0], args[1][: len(args[1]) // 2])
            self._die()
        self.writes += 1


def killed() -> None:
    raise Killed


def dying_at(platform: Platform, last: int, die: Callable[[], None] = killed) -> tuple[Platform, DiesAt]:
    """Return the platform as a process that dies at that write, and what counts its writes."""
    dies = DiesAt(last, die)
    return platform.using(records=Counted(platform.records, dies), index=Counted(platform.index, dies)), dies


def opened(var: Path, settings: Settings, clock: FakeClock, model: str = "hash") -> Platform:
    """Return a platform on this folder; the gate is content with few queries."""
    few = settings.generations.model_copy(update={"gate_fewest": 2})
    changed = settings.model_copy(update={"var": var, "generations": few})
    return Platform(changed, clock).using(embedder=HashEmbedder(model=model))


def copied(var: Path, to: Path) -> Path:
    shutil.copytree(var, to)
    return to


def seed_few(platform: Platform, documents: int = 4) -> None:
    """Store documents of distinct words, long enough to be golden queries, two chunks each."""
    for number in range(documents):
        words = [f"word{number * 31 + position}" for position in range(24)]
        store(platform, f"{number:02}.md", [" ".join(words[:12]), " ".join(words[12:])])


def require_whole(platform: Platform) -> None:
    """Assert what must hold whenever nobody is at work: one serves, the pointer's, and its index is the truth's."""
    from kintsugi.index.generations import pointer_of

    pointer = pointer_of(platform.records)
    states = {each.id: each.state for each in platform.records.scan(Generation)}
    assert [name for name, state in states.items() if state == "serving"] == [pointer.generation]
    assert states.get(pointer.previous, "previous") == "previous"
    serves = platform.records.get(Generation, pointer.generation)
    assert serves.dropped_at is None
    assert platform.records.get(Fingerprint, serves.fingerprint)
    shown = {entry.id for entry in platform.index.entries(serves.id)}
    assert shown == {chunk.id for chunk in platform.records.scan(Chunk, {"live": True})}


__all__ = ["RUN", "copied", "dying_at", "opened", "require_whole", "seed_few"]
