"""What a text wants to be found for: the question, or else the title, that it leads with."""

import re

_LEAD = 400
_SENTENCE = re.compile(r"[^.!?\n]{8,300}[.!?\n]?")
_ASKING = re.compile(
    r"^\W*(?:q(?:uestion)?\W+)?(?:what|why|how|who|when|where|which|can|does|do|is|are|should|was|wie|warum|wer|wann|wo|welche\w*|kann"
    r"|comment|pourquoi|qui|quand|qué|cómo|por qué|come|perché|quando|o que)\b"
)
_WORD = re.compile(r"\w+")
_STOP = frozenset(
    [
        *(
            "the",
            "a",
            "an",
            "of",
            "to",
            "in",
            "on",
            "for",
            "and",
            "or",
            "is",
            "are",
            "was",
            "were",
            "be",
            "do",
            "does",
            "did",
        ),
        *("i", "you", "we", "it", "this", "that", "my", "our", "your", "with", "from", "by", "at", "as", "if", "not"),
    ]
)
_FEWEST = 3


def aim(title: str, text: str) -> tuple[frozenset[str], bool]:
    """Return the terms of the question that a text or its title leads with, and whether it is a question.

    Without a question the title's terms are returned; fewer than 3 terms are no aim: ``(frozenset(), False)``.
    """
    lead = text[:_LEAD]
    for sentence in (title, *(match.group() for match in _SENTENCE.finditer(lead))):
        lower = sentence.strip().lower()
        if lower.endswith("?") or _ASKING.match(lower):
            terms = _terms(lower)
            if len(terms) >= _FEWEST:
                return terms, True
    terms = _terms(title.lower())
    return (terms, False) if len(terms) >= _FEWEST else (frozenset(), False)


def shared(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of terms that two aims have in common (Jaccard), 0 to 1."""
    return len(one & other) / len(one | other) if one or other else 0.0


def _terms(lower: str) -> frozenset[str]:
    return frozenset(_WORD.findall(lower)) - _STOP
