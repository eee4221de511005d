"""What must hold once nobody is at work any more, read from the engines themselves."""

import hashlib

import httpx

from kintsugi.index.dump import dump, line_of
from kintsugi.index.generations import serving
from kintsugi.index.project import entry_of
from kintsugi.platform import Platform
from kintsugi.records import Chunk
from tests.index.crashing import require_whole


def truth_digest(platform: Platform) -> str:
    """Return the digest of the dump that the records ask for, made without any index."""
    chunks = list(platform.records.scan(Chunk, {"live": True}))
    vectors = platform.embedder.embed([chunk.embedding_text() for chunk in chunks])
    hasher = hashlib.sha256()
    for chunk, vector in zip(chunks, vectors, strict=True):
        hasher.update(line_of(entry_of(chunk, vector)).encode())
    return hasher.hexdigest()


def holders(platform: Platform) -> list[str]:
    """Return the indexes that the alias for other programs names, asked of the engine itself."""
    opensearch = platform.settings.opensearch
    answer = httpx.get(f"{opensearch.url}/_alias/{opensearch.prefix}-served", timeout=30)
    return sorted(answer.json()) if answer.status_code == 200 else []


def require_complete(platform: Platform) -> None:
    """Assert that one generation serves and shows the truth to the byte, and that the alias names it alone."""
    require_whole(platform)
    assert dump(platform).sha256 == truth_digest(platform)
    generation = serving(platform.records)
    assert generation is not None
    assert holders(platform) == [f"{platform.settings.opensearch.prefix}-{generation.id}"]
