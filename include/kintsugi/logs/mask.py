"""Which part of a word varies: numbers, ids, addresses, paths and the like become `WILD`."""

import re

WILD = "<*>"

_EDGES = "()[],;"
_LONGEST = 300
"""Characters of a word that are looked at: a longer one is data, of which only the beginning may be text."""

_BOOLEANS = frozenset(("true", "false", "True", "False", "TRUE", "FALSE"))
_VARIABLE = re.compile(
    r"""
      \b[A-Za-z][A-Za-z0-9+.-]*://[^\s'"<>)\],;]+
    | \b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b
    | \b(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b
    | /?\b\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d+)?\b
    | (?<![0-9a-fA-F:])(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{1,4}\b
    | \b(?:[\w-]+\.)+[\w-]+:\d+\b
    | (?<![\w<>])(?:~|\.{1,2})?(?:/(?:[\w.@+*%~:=-]*[\w@+*%~-])?)+
    | \b[A-Za-z]:\\[^\s,;]+
    | \b0x[0-9a-fA-F]+\b
    | \b(?=[0-9a-fA-F]*\d)(?=[0-9a-fA-F]*[a-fA-F])[0-9a-fA-F]{6,}\b
    | \b(?:true|false)\b
    | (?<![\w<>~+-])[<>~+-]?\d+(?:[.,:/-]\d+)*%?
    | \d+
    """,
    re.VERBOSE | re.IGNORECASE,
)
_AROUND = re.compile(r"(?:\w(?:\w|[.\-$~](?=[\w<]))*)?(?:<\*>(?:\w|[.\-$~](?=[\w<])|[/:+](?=<))*)+")
"""An identifier with a variable part, e.g. ``attempt_<*>_m_<*>``: varies as a whole."""


def masked(word: str) -> str:
    """Return a word of a message with what varies replaced by `WILD`; punctuation and keys around it are kept.

    The rules are Drain's preprocessing (He et al., ICWS 2017, section III-A) made general: nothing in them belongs to
    one system's logs. An identifier with a number inside varies as a whole, as ``blk_38865049064139660`` does.
    """
    inner = word.strip(_EDGES)
    if inner.isdigit():
        return word.replace(inner, WILD, 1)
    if word.isalpha() and word not in _BOOLEANS and len(word) <= _LONGEST:
        return word
    if len(word) > _LONGEST:
        begin, wild, _ = masked(word[:_LONGEST]).partition(WILD)
        return begin + wild if wild else WILD
    found = _VARIABLE.sub(WILD, word)
    return _AROUND.sub(WILD, found) if WILD in found else word
