"""A number for the next five characters at each place of a text."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Grams = np.ndarray[tuple[int], np.dtype[np.uint16]]

LENGTH = 5
_MULTIPLIER = 31
_BLOCK = 1 << 15
"""Characters at once: a block stays in the processor's cache."""


def grams(lower: str) -> "Grams":
    """Return a rolling hash of 5 characters for each place (Rabin and Karp 1987), in 16 bits.

    Characters outside of Latin-1 count as one and the same.
    """
    import numpy as np

    data = np.frombuffer(lower.encode("latin-1", "replace"), np.uint8)
    count = max(len(data) - LENGTH + 1, 0)
    hashes = np.empty(count, np.uint16)
    for first in range(0, count, _BLOCK):
        wide = data[first : first + _BLOCK + LENGTH - 1].astype(np.uint16)
        block = hashes[first : first + _BLOCK]
        block[:] = wide[: len(block)]
        for offset in range(1, LENGTH):
            block *= np.uint16(_MULTIPLIER)
            block += wide[offset : offset + len(block)]
    return hashes
