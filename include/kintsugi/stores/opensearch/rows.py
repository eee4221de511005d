"""Index entries as documents of OpenSearch and back."""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from kintsugi.records import Labels
from kintsugi.stores.opensearch.mapping import EMBEDDING, TEXT, VECTOR
from kintsugi.stores.operational_text import with_parts
from kintsugi.stores.search import Floats, IndexEntry
from kintsugi.stores.shown import SENSITIVITIES, TEXTS

DIGITS = 8
"""Decimals of a component that the graph gets: finer than float32 is for all but tiny ones. ``vector`` is exact."""

_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_LABELS = ("access", "sensitivity", "trust", "region")
_NUMBERS = ("start", "end", "bucket", "digest")
_LOW_BITS = 31


def key(id: str) -> str:
    """Return the ``_id`` of an entry. The engine takes 1 to 512 bytes, so any other id than a plain one is hashed."""
    if _PLAIN_ID.fullmatch(id):
        return id
    return "~" + hashlib.blake2b(id.encode(), digest_size=24).hexdigest()


def writable(values: Iterable[str]) -> list[str]:
    """Return the values that can be sent at all: half a surrogate pair is in no entry."""
    return [value for value in values if value.isascii() or _is_unicode(value)]


def document(entry: IndexEntry) -> dict[str, Any]:
    """Return an entry as the engine keeps it.

    The vector is there twice: as it is, to be read back to the last bit, and at unit length for the graph.
    """
    labels, vector = entry.labels, np.asarray(entry.vector, dtype="<f4")
    return {
        **{name: getattr(entry, name) for name in (*TEXTS, *_NUMBERS)},
        "access": list(labels.access),
        "sensitivity": SENSITIVITIES.index(labels.sensitivity),
        "trust": labels.trust,
        "region": labels.region,
        "digest_high": entry.digest >> _LOW_BITS,
        "digest_low": entry.digest & ((1 << _LOW_BITS) - 1),
        TEXT: with_parts("\n".join((entry.title, entry.heading, entry.text))),
        VECTOR: base64.b64encode(vector.tobytes()).decode(),
        EMBEDDING: unit(vector),
    }


def unit(vector: Floats) -> list[float]:
    """Return a vector at unit length, computed in double precision: its length may be beyond what float32 squares."""
    exact = np.asarray(vector, dtype=np.float64)
    exact = exact / np.abs(exact).max()
    components: list[float] = np.round(exact / np.linalg.norm(exact), DIGITS).tolist()
    return components


def line(content: Mapping[str, Any]) -> bytes:
    """Return a line of a bulk request."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def entry(source: Mapping[str, Any]) -> IndexEntry:
    """Return the entry of a document."""
    labels = Labels(
        access=tuple(source["access"]),
        sensitivity=SENSITIVITIES[source["sensitivity"]],  # type: ignore[arg-type]
        trust=source["trust"],
        region=source["region"],
    )
    vector = np.frombuffer(base64.b64decode(source[VECTOR]), dtype="<f4").astype(np.float32)
    shown = {name: source[name] for name in (*TEXTS, *_NUMBERS)}
    return IndexEntry(**shown, labels=labels, vector=vector)


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
