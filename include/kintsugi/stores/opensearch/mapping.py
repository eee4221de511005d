"""The mapping of an index: what is asked for, and whether one that is there is ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kintsugi.errors import ConfigurationError
from kintsugi.stores.stop_words import STOP_WORDS

MAPPING = 1
"""Raise it when `body` changes in a way that entries written before don't have."""

OWNER = "kintsugi"
TEXT = "searchable"
EMBEDDING = "embedding"
VECTOR = "vector"

COSINE, INNER_PRODUCT = "cosinesimil", "innerproduct"

LONGEST_TOKEN = 8_000
"""Characters; Lucene refuses terms of more than 32,766 bytes. Hashes and paths stay whole."""

M, EF_CONSTRUCTION = 16, 128

OTHER_PREFIX = (
    "or work with another opensearch.prefix: a new platform sets it; one that has worked here runs "
    "`kintsugi migrate --to embedded --only index`, sets it, and runs `kintsugi migrate --only index`"
)
"""The way out that needs nobody else, as the end of a next step."""

_KEYWORDS = ("id", "document", "source", "access", "trust", "region")
_SHOWN_ONLY = ("document_version", "title", "heading", "text")
_NUMBERS = {
    "start": "long",
    "end": "long",
    "sensitivity": "byte",
    "bucket": "integer",
    "digest": "long",
    "digest_high": "long",
    "digest_low": "long",
}


@dataclass(frozen=True)
class Design:
    """What is chosen when an index is made: ``lucene`` or ``faiss``, and how it is spread."""

    knn_engine: str = "lucene"
    shards: int = 1
    replicas: int = 0


def body(prefix: str, dimension: int, design: Design, owner: str = "") -> dict[str, Any]:
    """Return settings and mappings of a new index; ``owner`` is the name of the platform that makes it.

    The analyser is the one of the embedded engine in Lucene's terms: words by Unicode's rules, lower case, Snowball's
    English stems, no stop words, no accents; Chinese and Japanese by pairs of characters. The parts of compounds are
    in the text itself, see `kintsugi.stores.operational_text`.
    """
    return {
        "settings": {
            "index": {
                "knn": True,
                "number_of_shards": design.shards,
                "number_of_replicas": design.replicas,
            },
            "analysis": {
                "analyzer": {
                    "operational": {
                        "type": "custom",
                        "tokenizer": "words",
                        "filter": ["lowercase", "pairs", "stems", "stop_words", "asciifolding"],
                    }
                },
                "tokenizer": {"words": {"type": "standard", "max_token_length": LONGEST_TOKEN}},
                "filter": {
                    "pairs": {"type": "cjk_bigram", "ignored_scripts": ["katakana"]},
                    "stems": {"type": "stemmer", "language": "porter2"},
                    "stop_words": {"type": "stop", "stopwords": STOP_WORDS.split()},
                },
            },
        },
        "mappings": {
            "dynamic": "strict",
            "_meta": {OWNER: {"prefix": prefix, "platform": owner, "mapping": MAPPING, "dimension": dimension}},
            "_source": {"excludes": [TEXT, EMBEDDING]},
            "properties": _properties(dimension, design.knn_engine),
        },
    }


def space_of(engine: str) -> str:
    """Return the space of an engine's vectors, which are of unit length: faiss had no cosine before 2.19."""
    return COSINE if engine == "lucene" else INNER_PRODUCT


def _properties(dimension: int, engine: str) -> dict[str, Any]:
    return {
        **{name: {"type": "keyword"} for name in _KEYWORDS},
        **{name: {"type": "text", "index": False} for name in _SHOWN_ONLY},
        **{name: {"type": kind} for name, kind in _NUMBERS.items()},
        TEXT: {"type": "text", "analyzer": "operational"},
        VECTOR: {"type": "binary"},
        EMBEDDING: {
            "type": "knn_vector",
            "dimension": dimension,
            "method": {
                "name": "hnsw",
                "engine": engine,
                "space_type": space_of(engine),
                "parameters": {"m": M, "ef_construction": EF_CONSTRUCTION},
            },
        },
    }


@dataclass(frozen=True)
class Held:
    """An index of ours: the length of its vectors, and which engine its graph is of."""

    dimension: int
    knn_engine: str


def is_ours(mappings: Mapping[str, Any], prefix: str, owner: str | None) -> bool:
    """Return whether the mapping says that this platform made the index; without an owner, the prefix decides."""
    mine = _mark(mappings)
    return mine.get("prefix") == prefix and (owner is None or (owner != "" and mine.get("platform") == owner))


def require_ours(mappings: Mapping[str, Any], prefix: str, owner: str | None, real: str, what: str) -> None:
    """Refuse an index of somebody else.

    Raises:
        ConfigurationError: another program made it, or another platform that has the same prefix.
    """
    if is_ours(mappings, prefix, owner):
        return
    if _mark(mappings).get("prefix") == prefix:
        raise ConfigurationError(
            what,
            expected=f"no index {real}, or one that was made from these records",
            got="one that belongs to another platform; it was left as it is",
            next_step="each platform on a cluster needs a prefix of its own: if that one is gone, remove its index "
            f"yourself; {OTHER_PREFIX}",
        )
    raise ConfigurationError(
        what,
        expected=f"no index {real}, or one that this platform made (with the prefix {prefix!r} in its _meta)",
        got="an index of somebody else; it was left as it is",
        next_step=f"have its owner rename it; {OTHER_PREFIX}",
    )


def held(mappings: Mapping[str, Any], real: str, what: str) -> Held:
    """Return what an index of ours holds.

    Raises:
        ConfigurationError: its mapping isn't the one that this platform makes.
    """
    mine = _mark(mappings)
    if mine.get("mapping") != MAPPING:
        raise ConfigurationError(
            what,
            expected=f"mapping {MAPPING}",
            got=f"mapping {mine.get('mapping')} in {real}, made by another version of the platform",
            next_step="`kintsugi index rebuild` fills it anew with this version; or run the version that made it",
        )
    fields = mappings.get("properties", {})
    dimension: Any = mine.get("dimension")
    engine = fields.get(EMBEDDING, {}).get("method", {}).get("engine", "")
    different = _differences(fields, _properties(dimension, engine))
    if mappings.get("dynamic") != "strict" or different:
        raise ConfigurationError(
            what,
            expected=f"the fields that this platform makes in {real}",
            got=", ".join(different) or f"dynamic: {mappings.get('dynamic')}",
            next_step="somebody changed its mapping: `kintsugi index rebuild` makes it anew from the records",
        )
    return Held(int(dimension), engine)


def _mark(mappings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the platform wrote into the mapping; nothing where somebody else made it."""
    meta = mappings.get("_meta")
    mine = meta.get(OWNER) if isinstance(meta, Mapping) else None
    return dict(mine) if isinstance(mine, Mapping) else {}


def _differences(got: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    names = sorted(got.keys() | expected.keys())
    pairs = [(name, _kind(got.get(name)), _kind(expected.get(name))) for name in names]
    return [f"{name} is {here} instead of {there}" for name, here, there in pairs if here != there]


def _kind(field: Any) -> str:
    if field is None:
        return "missing"
    dimension = field.get("dimension")
    return str(field.get("type", "object")) + (f" of dimension {dimension}" if dimension else "")
