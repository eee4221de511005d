"""The parts of compound words, so that operational text is found by any of its names.

A word tokenizer by Unicode's rules (UAX 29) keeps ``max_active_runs``, ``ingest_airflow.py``, ``ConnectionResetError``
and ``3.3.2`` whole, which is right for who searches for exactly that and useless for who searches for *active runs*.
So the parts are written, and searched for, beside the whole.
"""

import re

_WORD = re.compile(r"\w+(?:[.:]\w+)*")
_COMPOUND = re.compile(r"[a-z\d][A-Z]|[A-Z]{2}[a-z]|[A-Za-z]\d|\w[_.:]\w")
_PUNCTUATION = ".,;:!?()[]{}<>\"'"
_JOINTS = re.compile(r"[_.:]+")
_HUMPS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
LONGEST_PREFIX = 4
"""Numbers in the longest prefix of a dotted number: versions and addresses have no more that anybody searches for."""

QUERY_CHARS = 8_000
"""A longer question is cut: its first words say what is asked."""

_DOTTED_NUMBER = re.compile(r"\d+(?:\.\d+)+")


def with_parts(text: str) -> str:
    """Return the text, followed by the parts of its compound words; unchanged where it has none."""
    found = [
        part for run in text.split() if _may_be_compound(run) for word in _WORD.findall(run) for part in parts(word)
    ]
    return f"{text}\n{' '.join(found)}" if found else text


def query_words(query: str) -> str:
    """Return what is searched for: the query as valid Unicode, of bounded length, with the parts of its compounds."""
    return with_parts(query[:QUERY_CHARS].encode("utf-8", "replace").decode())


def parts(word: str) -> list[str]:
    """Return the parts of one compound word, none for a plain one.

    ``max_activeRuns`` has max, activeRuns, active and Runs; ``3.3.2`` has its prefix 3.3.
    """
    if _DOTTED_NUMBER.fullmatch(word):
        numbers = word.split(".")
        return [".".join(numbers[:length]) for length in range(2, min(len(numbers), LONGEST_PREFIX + 1))]
    found: list[str] = []
    for piece in _JOINTS.split(word):
        humps = _HUMPS.findall(piece)
        found += [piece, *humps] if len(humps) > 1 and sum(map(len, humps)) == len(piece) else [piece]
    return [part for part in found if part and part != word]


def _may_be_compound(run: str) -> bool:
    """Return false for what most of a text consists of, at the price of a few method calls a word."""
    bare = run.strip(_PUNCTUATION)
    return not (bare.isalpha() and (bare.islower() or bare[1:].islower())) and _COMPOUND.search(bare) is not None
