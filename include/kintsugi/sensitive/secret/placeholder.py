"""What stands where a secret would stand in documentation, and is none."""

import re
from collections import Counter
from math import log2

_TEMPLATED = re.compile(
    r"""[<>{}\[\]…]|\$[\w({]|^%\w+%$|\.\.\.|\*{3}|^(?:[~.]?/[a-z.]+/|~/|&\w+;|[@#]\w*$)|[xX]{4}|^(.)\1+$|^\w+\("
    r"|\\[nu]"""
)
_WORDS = re.compile(
    r"(?i)example|sample|dummy|placeholder|redacted|changeme|change[_-]?me|your[_-]|[_-]here\b|replace|insert"
    r"|(?<![a-z0-9])(?:my|test|fake|foo|bar|some|todo|tbd|none|null|true|false|undefined|default|secret|passw(?:[o0]r)?d"
    r"|token)(?![a-z])"
)
_SEQUENCES = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "zyxwvutsrqponmlkjihgfedcba", "9876543210")
_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIGEST = re.compile(r"(?i)sha(?:1|2|256|384|512)[:-]|md5[:-]")
_SPLIT = re.compile(r"[-_./:@+]")
_WORD_LIKE = re.compile(r"[A-Z]?[a-z]+\d{0,3}|[A-Z]+\d{0,3}|\d+[a-z]?|v\d[\w.]*")


def is_placeholder(value: str) -> bool:
    """Return whether a value is a template, a word that says "put yours here", or a run of the keyboard."""
    if _TEMPLATED.search(value) or _WORDS.search(value):
        return True
    lower = value.lower()
    return len(set(lower)) <= 4 or any(len(lower) > 3 and lower[:8] in run for run in _SEQUENCES)


def is_identifier(value: str) -> bool:
    """Return whether a value is a name that programs give: a UUID, a digest, an object's name, a path, words."""
    if _UUID.search(value) or _DIGEST.match(value):
        return True
    return all(not part or _WORD_LIKE.fullmatch(part) for part in _SPLIT.split(value))


def entropy(value: str) -> float:
    """Return the bits a character that the value's own letters carry (Shannon 1948)."""
    counts = Counter(value).values()
    return -sum(count / len(value) * log2(count / len(value)) for count in counts)


def randomness(value: str) -> int:
    """Return how many characters stand in parts that no word or number explains."""
    return sum(len(part) for part in _SPLIT.split(value) if part and not _WORD_LIKE.fullmatch(part))


def classes(value: str) -> int:
    """Return how many of lower case, upper case, digits and signs occur."""
    signs = any(not each.isalnum() for each in value)
    return sum((any(map(str.islower, value)), any(map(str.isupper, value)), any(map(str.isdigit, value)), signs))
