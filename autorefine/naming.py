"""Names from what sets one thing apart from the others: class-based TF-IDF.

Grootendorst, *BERTopic* (arXiv 2203.05794, section 3): the documents of a class are one document; the weight of a term
is its count in the class times log(1 + A / f), where A is the mean number of terms in a class and f the count of the
term in all classes. Here counts are shares of the class, so that long classes do not speak louder.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from autorefine.pattern import Pattern
from autorefine.symbols import masked, words_of
from autorefine.trace import Trace
from autorefine.wording import MAX_NAME

MOST_WORDS = 20_000
"""So many distinct words of a class are counted, the most frequent ones: memory does not grow with the runs."""

TELLING = 2.0
"""A term sets a class apart when it is so many times as frequent in it as in the others."""

_WORD = re.compile(r"[^\W\d_][^\W_]{1,29}")
_MASK = re.compile(r"<\w+>")


def distinctive_terms(classes: Mapping[str, Iterable[str]], most: int = 3) -> dict[str, tuple[str, ...]]:
    """Return for each class the terms that set it apart, most telling first; the same input gives the same terms.

    Terms are words in small letters, values masked. What the other classes say about as often is none. Texts are read
    one at a time.

    Args:
        classes: name of the class → its texts.
        most: most terms for a class.
    """
    counted = {name: _words(texts) for name, texts in classes.items()}
    everywhere: Counter[str] = Counter()
    for words in counted.values():
        everywhere.update(words)
    mean = everywhere.total() / max(1, len(counted))
    return {name: _telling(words, everywhere, mean, most) for name, words in counted.items()}


def distinct_names(names: Mapping[str, str], terms: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return names in which no two are the same: those that are get their terms in brackets, else their key.

    Args:
        names: key (a pattern's id) → its name.
        terms: key → its distinctive terms, as `distinctive_terms` gives them.
    """
    told = dict(names)
    for tell in (lambda key: ", ".join(terms.get(key, ())), str):
        taken = Counter(told.values())
        told = {
            key: _told_apart(names[key], tell(key)) if taken[name] > 1 and tell(key) else name
            for key, name in told.items()
        }
    return told


def _told_apart(name: str, term: str) -> str:
    suffix = f" ({term})"[:MAX_NAME]
    return f"{name[: MAX_NAME - len(suffix)]}{suffix}"


def with_distinct_names(patterns: Sequence[Pattern], traces: Iterable[Trace]) -> list[Pattern]:
    """Return the patterns with names that differ: where two are called the same, by what their followers' runs tell.

    Args:
        patterns: of one repository.
        traces: the runs that are at hand; those that followed a pattern speak for it.
    """
    taken = Counter(pattern.name for pattern in patterns)
    alike = [pattern for pattern in patterns if taken[pattern.name] > 1]
    followers: dict[str, list[str]] = {}
    for pattern in alike:
        for item in pattern.evidence:
            if item.steps:
                followers.setdefault(item.trajectory, []).append(pattern.id)
    told: dict[str, list[str]] = {pattern.id: [] for pattern in alike}
    for trace in traces if alike else ():
        for identity in followers.get(trace.id, ()):
            symbols = {symbol for step in (*trace.actions, *trace.outcomes) for symbol in step}
            told[identity].append(" ".join(words_of(symbol) for symbol in sorted(symbols)))
    names = distinct_names({pattern.id: pattern.name for pattern in patterns}, distinctive_terms(told))
    return [replace(pattern, name=names[pattern.id]) for pattern in patterns]


def _words(texts: Iterable[str]) -> Counter[str]:
    words: Counter[str] = Counter()
    for text in texts:
        words.update(word.lower() for word in _WORD.findall(_MASK.sub(" ", masked(text))))
        if len(words) > 2 * MOST_WORDS:
            words = Counter(dict(_most(words, MOST_WORDS)))
    return words


def _telling(words: Counter[str], everywhere: Counter[str], mean: float, most: int) -> tuple[str, ...]:
    own, others = words.total(), everywhere.total() - words.total()
    weights = {
        word: count / own * math.log1p(mean / everywhere[word])
        for word, count in words.items()
        if count / own > TELLING * (everywhere[word] - count) / max(1, others)
    }
    return tuple(word for word, _ in _most(weights, most))


def _most(weights: Mapping[str, float], most: int) -> list[tuple[str, float]]:
    """Return the heaviest; of those that weigh the same the longer words."""
    return sorted(weights.items(), key=lambda each: (-each[1], -len(each[0]), each[0]))[:most]
