"""Shapes that are the same event: which words of a message are its text, and which are values.

After Brain (Yu et al., IEEE TSC 2023): words of one message that occur equally often belong to one template, so the
largest such set is the root of a group; the other columns of the group are text when they hold few words, and values
when they hold many. How many is enough depends on what the words look like, never on the system that wrote them.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from kintsugi.logs.mask import WILD

Tokens = tuple[str, ...]

MANY_WORDS = 8
"""Different plain words in one column that make it a column of values."""

MANY_NAMES = 12
"""The same for words in capitals: states and kinds are written so, and they are part of what happened."""

MANY_HEADS = 24
"""The same for the first word of a message and for labels (``auth:``): they say who speaks."""

MANY_IDENTIFIERS = 3
"""The same for words that are no words: qualified names, addresses, ``snake_case``, ``camelCase``, ``(bracketed)``."""

MANY_ANNOUNCED = 3
"""The same for words after one that announces a name: ``for``, ``user``."""

MANY_UNANCHORED = 64
"""The same for columns of plain words that outnumber the text between them."""

_ANNOUNCING = re.compile("by|for|from|id|name|user", re.IGNORECASE)

_CAPITALS = re.compile(r"[^a-z]*[A-Z][^a-z]*")
_IDENTIFIER = re.compile(r"\w\.\w|_|[a-z][A-Z]|[$/=@\\]")
_BRACKETED = re.compile(r"\(\w+\)|\[\w+\]")
_BEFORE = re.compile(r"[^<]*[=(\[{:\"']")
_AFTER = re.compile(r"[,;:.]*$")
_CLOSED_AFTER = re.compile(r"[)\]}\"']?[,;:.]*$")
_OPENING = ("(", "[", "{", '"', "'")
_KEYED = re.compile(r"([\w.\-\[({]+=).+")
_EDGES = "()[]{},;:.'\""


def clustered(shapes: Mapping[Tokens, int]) -> dict[Tokens, Tokens]:
    """Return for each shape the tokens of its template, given how many lines have each shape.

    The result depends on the shapes and their counts alone, not on their order. A template has as many tokens as its
    shapes; where they differ it has `WILD`.
    """
    by_length: dict[int, list[Tokens]] = defaultdict(list)
    for tokens in sorted(shapes):
        by_length[len(tokens)].append(tokens)
    templates: dict[Tokens, Tokens] = {}
    for same_length in by_length.values():
        for group in _rooted(same_length, shapes):
            _split(group, templates)
    return templates


def _rooted(same_length: Sequence[Tokens], shapes: Mapping[Tokens, int]) -> Iterable[list[Tokens]]:
    often: Counter[tuple[int, str]] = Counter()
    for tokens in same_length:
        for place in _words(tokens):
            often[place] += shapes[tokens]
    groups: dict[Tokens | tuple[tuple[int, str], ...], list[Tokens]] = defaultdict(list)
    for tokens in same_length:
        places = _words(tokens)
        sizes = Counter(often[place] for place in places)
        if not sizes:
            groups[tokens].append(tokens)
            continue
        _, root = max((size * math.log1p(count), count) for count, size in sizes.items())
        groups[tuple(place for place in places if often[place] == root)].append(tokens)
    return groups.values()


def _words(tokens: Tokens) -> list[tuple[int, str]]:
    return [(position, token) for position, token in enumerate(tokens) if WILD not in token]


def _split(group: list[Tokens], templates: dict[Tokens, Tokens]) -> None:
    columns = [set(column) for column in zip(*group, strict=True)]
    mixed = [position for position, words in enumerate(columns) if len(words) > 1]
    text = [position for position in mixed if not _values(columns, position)] or _too_open(columns, mixed)
    if not text:
        template = tuple(_common(words) for words in columns)
        templates.update((tokens, template) for tokens in group)
        return
    fewest = min(text, key=lambda position: (len(columns[position]), position))
    parts: dict[str, list[Tokens]] = defaultdict(list)
    for tokens in group:
        parts[tokens[fewest]].append(tokens)
    for part in parts.values():
        _split(part, templates)


def _too_open(columns: Sequence[set[str]], mixed: Sequence[int]) -> list[int]:
    """Return the columns of plain words, if those outnumber the words that stay: such messages have nothing in common.

    Unless each holds more words than messages of their own would, or commas between them say that they are a list.
    """
    opened = [position for position in mixed if not _is_list(columns, position)]
    opened = [position for position in opened if not any(WILD in word for word in columns[position])]
    stay = sum(len(words) == 1 and not any(WILD in word for word in words) for words in columns)
    few = any(len(columns[position]) < MANY_UNANCHORED for position in opened)
    return opened if few and len(opened) > stay else []


def _is_list(columns: Sequence[set[str]], position: int) -> bool:
    around = columns[max(0, position - 1) : position + 1]
    return any(all(word.endswith(",") for word in words) for words in around)


def _values(columns: Sequence[set[str]], position: int) -> bool:
    """Tell whether a column with more than one word holds values."""
    words = columns[position]
    if WILD in words or len({word.replace(WILD, "") for word in words}) == 1:
        return True
    bracketed = all(_BRACKETED.fullmatch(word) for word in words)
    if not bracketed and (_is_head(columns, position) or all(word.endswith(":") for word in words)):
        return len(words) >= MANY_HEADS
    keys = {keyed.group(1) if (keyed := _KEYED.fullmatch(word)) else None for word in words}
    if len(keys) == 1 and None not in keys:
        return True
    if not bracketed and all(_CAPITALS.fullmatch(word) for word in words):
        return len(words) >= MANY_NAMES
    if bracketed or 2 * sum(_is_identifier(word) for word in words) >= len(words):
        return len(words) >= MANY_IDENTIFIERS
    return len(words) >= (MANY_ANNOUNCED if _is_announced(columns, position) else MANY_WORDS)


def _is_head(columns: Sequence[set[str]], position: int) -> bool:
    return all(all(WILD in word for word in words) for words in columns[:position])


def _is_announced(columns: Sequence[set[str]], position: int) -> bool:
    before = columns[position - 1]
    return len(before) == 1 and _ANNOUNCING.fullmatch(next(iter(before)).strip(_EDGES)) is not None


def _is_identifier(word: str) -> bool:
    return not _CAPITALS.fullmatch(word) and bool(_IDENTIFIER.search(word.strip(_EDGES)))


def _common(words: set[str]) -> str:
    """Return the one word, else `WILD` with the key, brackets and punctuation that all words have around it."""
    if len(words) == 1:
        return next(iter(words))
    before = _BEFORE.match(_shared_start(words))
    start = before.group() if before else ""
    end = _shared_start({word[::-1] for word in words})[::-1]
    after = (_CLOSED_AFTER if start.endswith(_OPENING) else _AFTER).search(end)
    stop = after.group() if after and len(start) + len(after.group()) <= min(map(len, words)) else ""
    return f"{start}{WILD}{stop}"


def _shared_start(words: set[str]) -> str:
    pairs = zip(min(words), max(words), strict=False)
    return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
