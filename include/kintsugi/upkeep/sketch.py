"""How alike two texts are, from 256 bytes of each: MinHash (Broder 1997)."""

import re
import zlib

import numpy as np
from numpy.typing import NDArray

SIZE = 64
ROWS = 4
"""Values in a band: 16 bands of 4 bring texts together that share half of their shingles."""

SHINGLE = 4
MOST_WORDS = 200_000
_AT_ONCE = 16_384
_WORD = re.compile(r"\w+")
_PRIME = np.uint64(4_294_967_311)
_MAKING = np.random.default_rng(1997)
_FACTORS = _MAKING.integers(1, 2**31, SIZE, dtype=np.uint64)
_OFFSETS = _MAKING.integers(0, 2**31, SIZE, dtype=np.uint64)


def sketch(text: str) -> bytes:
    """Return 64 MinHash values of the text's runs of four words, little-endian uint32; empty for fewer words.

    Of a text longer than `MOST_WORDS` words, the first ones are looked at.
    """
    words = [
        zlib.crc32(found.group().lower().encode("utf-8", "surrogatepass"))
        for found, _ in zip(_WORD.finditer(text), range(MOST_WORDS), strict=False)
    ]
    if len(words) < SHINGLE:
        return b""
    hashed = np.array(words, np.uint64)
    shingles = np.zeros(len(words) - SHINGLE + 1, np.uint64)
    for place in range(SHINGLE):
        shingles = (shingles * np.uint64(1_000_003) + hashed[place : place + shingles.size]) % np.uint64(2**32 - 5)
    shingles = np.unique(shingles)
    least = np.full(SIZE, _PRIME, np.uint64)
    for first in range(0, shingles.size, _AT_ONCE):
        some = shingles[first : first + _AT_ONCE, None]
        least = np.minimum(least, ((some * _FACTORS + _OFFSETS) % _PRIME).min(axis=0))
    return (least % np.uint64(2**32)).astype("<u4").tobytes()


def alike(one: bytes, other: bytes) -> float:
    """Return the share of shingles that two texts have in common, estimated (± 0.06); 0 where one has none."""
    if not one or not other:
        return 0.0
    return float((_values(one) == _values(other)).mean())


def bands(values: bytes) -> list[tuple[int, bytes]]:
    """Return the number and content of each band: texts that share one may be alike."""
    size = ROWS * 4
    return [(start // size, values[start : start + size]) for start in range(0, len(values), size)]


def _values(values: bytes) -> NDArray[np.uint32]:
    return np.frombuffer(values, dtype="<u4")
