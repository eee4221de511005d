"""Where any of many words begin in a text, in one pass."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from kintsugi.sensitive.grams import LENGTH, grams
from kintsugi.sensitive.reading import Reading

_BLOCK = 1 << 16


class Anchors:
    """Finds words by the hash of their first five characters, all places of a block at once.

    Many times quicker than an alternation of `re` where hits are rare. A word of fewer than 5 characters, or with
    others than Latin ones, is looked for by itself.

    Args:
        words: in lower case.
    """

    def __init__(self, words: Iterable[str]) -> None:
        import numpy as np

        self._by_gram: dict[str, list[str]] = defaultdict(list)
        self._alone: list[str] = []
        self._is_head = np.zeros(1 << 16, np.bool_)
        for word in sorted(set(words)):
            gram = word[:LENGTH]
            if len(word) < LENGTH or any(ord(each) > 255 or each == "?" for each in gram):
                self._alone.append(word)
                continue
            self._by_gram[gram].append(word)
            self._is_head[grams(gram)] = True

    def positions(self, reading: Reading) -> Iterator[tuple[int, str]]:
        """Yield where a word begins in the lower-case text, and the word; not in order."""
        import numpy as np

        lower, hashes = reading.lower, reading.grams
        for first in range(0, len(hashes), _BLOCK):
            hits = np.flatnonzero(self._is_head[hashes[first : first + _BLOCK]])
            for at in (hits + first).tolist():
                for word in self._by_gram.get(lower[at : at + LENGTH], ()):
                    if lower.startswith(word, at):
                        yield at, word
        ascii_only = lower.isascii()
        for word in self._alone:
            if ascii_only and not word.isascii():
                continue
            at = lower.find(word)
            while at >= 0:
                yield at, word
                at = lower.find(word, at + 1)
