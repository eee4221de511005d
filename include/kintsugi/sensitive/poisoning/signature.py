"""A short signature of a text whose agreement with another estimates how much of their words they share."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

BINS = 128
BANDS = 32
_SHINGLE = 3
_LONGEST = 20_000
"""Words of a text that are looked at; a longer one is told from others by its beginning."""

_WORD = re.compile(r"\w+")

if TYPE_CHECKING:
    Signature = np.ndarray[tuple[int], np.dtype[np.uint32]]


def signature(text: str) -> "Signature | None":
    """Return the one-permutation MinHash of a text's 3-word shingles; ``None`` of a text with fewer than 8 words.

    Li, Owen and Zhang 2012 (arXiv 1208.1259); empty bins borrow from the next full one (Shrivastava and Li 2014, arXiv
    1406.4784). The share of equal bins estimates Jaccard's similarity; its standard error is at most 0.045.
    """
    import numpy as np

    words = _WORD.findall(text[: _LONGEST * 12].lower())[:_LONGEST]
    if len(words) < 8:
        return None
    numbers = {word: _hash(word) for word in set(words)}
    hashed = np.fromiter((numbers[word] for word in words), np.uint64, len(words))
    shingles = hashed[: -_SHINGLE + 1].copy()
    for offset in range(1, _SHINGLE):
        shingles = shingles * np.uint64(0x9E3779B97F4A7C15) + hashed[offset : len(words) - _SHINGLE + 1 + offset]
    shingles ^= shingles >> np.uint64(29)
    shingles *= np.uint64(0xBF58476D1CE4E5B9)
    bins = (shingles >> np.uint64(57)).astype(np.int64)
    values = ((shingles >> np.uint64(25)) & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    least = np.full(BINS, np.iinfo(np.uint32).max, np.uint32)
    np.minimum.at(least, bins, values)
    return _filled(least, np.bincount(bins, minlength=BINS) == 0)


def bands(found: "Signature") -> list[bytes]:
    """Return keys of which two texts share at least one, with probability 1-(1-s^4)^32 at similarity s."""
    rows = BINS // BANDS
    return [bytes((band,)) + found[band * rows : (band + 1) * rows].tobytes() for band in range(BANDS)]


def similarity(one: "Signature", other: "Signature") -> float:
    """Return an estimate of Jaccard's similarity of two texts, 0 to 1."""
    return float((one == other).mean())


def _filled(least: "Signature", empty: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> "Signature":
    import numpy as np

    full = np.flatnonzero(~empty)
    source = full[np.searchsorted(full, np.arange(BINS)) % len(full)]
    distance = (source - np.arange(BINS)) % BINS
    filled: Signature = least[source] + distance.astype(np.uint32) * np.uint32(0x9E3779B1)
    return filled


def _hash(word: str) -> int:
    from hashlib import blake2b

    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")
