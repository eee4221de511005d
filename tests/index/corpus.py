"""Documents stored as an ingest stores them, and what the index shows of them."""

import json
from io import StringIO

from kintsugi.documents.chunk import pipeline_of
from kintsugi.index.dump import dump
from kintsugi.index.generations import serving
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, Generation
from tests.builders import RUN, chunk, document, version
from tests.healing.conftest import digest_of


def store(platform: Platform, name: str, texts: list[str]) -> Document:
    """Store a document as an ingest does, chunks of an earlier version buried."""
    whole = "\n".join(texts)
    pipeline = pipeline_of(platform.settings)
    head = document(name, text=whole, chunks=len(texts), changed_at=platform.records.now(), pipeline=pipeline)
    places = {}
    for text in texts:
        places.setdefault(text, 0)
    made = []
    for ordinal, text in enumerate(texts):
        each = chunk(text, of=head, occurrence=places[text], ordinal=ordinal)
        places[text] += 1
        made.append(each.but(digest=digest_of(each)))
    alive = {each.id for each in made}
    old = list(platform.records.scan(Chunk, {"document": head.id, "live": True}))
    platform.records.put([version(head, whole)])
    platform.records.put([*made, *(each.but(live=False) for each in old if each.id not in alive)])
    platform.records.put([head])
    return head


def bury(platform: Platform, name: str, *, missing_ok: bool = False) -> None:
    head = platform.records.get(Document, document(name).id)
    if head is None:
        assert missing_ok, f"no document {name} to bury"
        return
    live = list(platform.records.scan(Chunk, {"document": head.id, "live": True}))
    platform.records.put(each.but(live=False) for each in live)
    now = platform.records.now()
    platform.records.put([head.but(deleted_at=now, changed_at=now, chunks=0)])


def lines(platform: Platform) -> list[dict]:
    out = StringIO()
    dump(platform, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def live_ids(platform: Platform) -> set[str]:
    return {each.id for each in platform.records.scan(Chunk, {"live": True})}


def serving_after_publish(platform: Platform) -> Generation:
    publish(platform, RUN)
    generation = serving(platform.records)
    assert generation is not None
    return generation


def seed_known_items(platform: Platform) -> None:
    """Forty documents of distinct words, long enough to be golden queries."""
    for number in range(40):
        words = [f"word{number * 31 + position}" for position in range(30)]
        store(platform, f"{number:02}.md", [" ".join(words)])
