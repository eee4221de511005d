"""A platform with a published corpus, and a way to die at any write."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from kintsugi.documents.chunk import pipeline_of
from kintsugi.documents.identity import chunk_digest
from kintsugi.index.generations import serving
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Generation
from tests.builders import RUN, FakeClock, chunk, document, version

WRITES = ("insert", "put", "replace", "delete", "write", "refresh")


class Killed(BaseException):
    """The process died here. No handler of the platform may catch it."""


class Dying:
    """Passes everything on to a store or index, and dies after the given number of writes of all that share a count."""

    def __init__(self, inner: Any, count: list[int], last: int) -> None:
        self._inner = inner
        self._count = count
        self._last = last

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name not in WRITES:
            return method

        def counted(*args: Any, **kwargs: Any) -> Any:
            result = method(*args, **kwargs)
            self._count[0] += 1
            if self._count[0] > self._last:
                raise Killed
            return result

        return counted


def dying_after(platform: Platform, writes: int) -> Platform:
    """Return the platform as a process that is killed right after its n-th write, n from 0."""
    count = [0]
    return platform.using(records=Dying(platform.records, count, writes), index=Dying(platform.index, count, writes))


def seed(platform: Platform, documents: int = 20, chunks: int = 3) -> None:
    """Store documents with distinct chunks in the truth."""
    now = platform.records.now()
    for number in range(documents):
        texts = [f"Passage {part} of runbook {number} about topic{number % 7}." for part in range(chunks)]
        whole = "\n".join(texts)
        pipeline = pipeline_of(platform.settings)
        head = document(f"{number:03}.md", text=whole, chunks=chunks, changed_at=now, pipeline=pipeline)
        passages = []
        for part, text in enumerate(texts):
            start = whole.index(text)
            each = chunk(text, of=head, start=start, end=start + len(text), ordinal=part)
            passages.append(each.but(digest=digest_of(each)))
        platform.records.put(passages)
        platform.records.put([version(head, whole)])
        platform.records.put([head])


def digest_of(each: Chunk) -> int:
    return chunk_digest(
        id=each.id,
        document=each.document,
        document_version=each.document_version,
        source=each.source,
        title=each.title,
        heading=each.heading,
        text=each.text,
        start=each.start,
        end=each.end,
        labels=each.labels,
    )


def snapshot(platform: Platform) -> dict[str, tuple[Any, ...]]:
    """Return everything that the served index shows, vectors to the byte."""
    return {
        each.id: (each.document_version, each.title, each.heading, each.text, each.digest, each.vector.tobytes())
        for each in platform.index.entries(served(platform).id)
    }


def served(platform: Platform) -> Generation:
    generation = serving(platform.records)
    assert generation is not None
    return generation


def lose(platform: Platform, count: int, seed: int = 0) -> list[str]:
    """Delete a random subset of entries from the index, and nothing from the truth."""
    generation = served(platform)
    live = sorted(each.id for each in platform.records.scan(Chunk, {"live": True}))
    lost = random.Random(seed).sample(live, count)
    platform.index.delete(generation.id, lost)
    platform.index.refresh(generation.id)
    return sorted(lost)


@pytest.fixture
def sleep(clock: FakeClock) -> Callable[[float], None]:
    """Waiting that takes no time."""
    return clock.advance


@pytest.fixture
def corpus(platform: Platform, clock: FakeClock) -> Platform:
    """Twenty published documents of three chunks each."""
    seed(platform)
    clock.advance(60)
    publish(platform, RUN)
    clock.advance(60)
    return platform
