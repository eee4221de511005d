"""Private keys in PEM armour and PuTTY's format, with their whole body."""

import re
from collections.abc import Iterator
from itertools import zip_longest

from kintsugi.sensitive.finding import Finding
from kintsugi.sensitive.reading import Reading

_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d")
_BODY = re.compile(r"[A-Za-z0-9+/=\s\\|>\"':,.()_-]+")
_END = re.compile(r"-----END [A-Z0-9 ]{0,40}-----")
_LONGEST = 20_000
_LEAST = 64
"""Characters of base64; the shortest real key, Ed25519 in PKCS #8, has exactly 64."""


def private_keys(reading: Reading) -> Iterator[Finding]:
    """Yield private keys; a header whose body was left out, as manuals do, is none."""
    text = reading.plain
    if "PRIVATE KEY" not in text and "PuTTY-User" not in text:
        return
    begins = list(_BEGIN.finditer(text))
    for begin, following in zip_longest(begins, begins[1:]):
        limit = min(begin.end() + _LONGEST, following.start() if following else len(text))
        body = _BODY.match(text, begin.end(), limit)
        closing = _END.search(text, begin.end(), limit)
        end = closing.start() if closing else body.end() if body else begin.end()
        inside = re.sub(r"\\n|[^A-Za-z0-9+/=]", "", text[begin.end() : end])
        if len(inside) >= _LEAST and len(set(inside)) > 20:
            last = closing.end() if closing else end
            yield Finding(begin.start(), last, "secret", "Private Key", "…", 0.98)
