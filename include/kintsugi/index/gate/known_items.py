"""Golden queries made from the documents themselves: telling words of a sentence, which have to lead back to it.

Azzopardi, de Rijke and Balog, "Building Simulated Queries for Known-Item Topics", SIGIR 2007: known items made from
words of a document rank systems much as people's do. A query depends on its document alone, never on the corpus, so
that it stays the same while the corpus grows, and its vector can be kept for the day when another embedding is set.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from kintsugi.documents.identity import digest
from kintsugi.index.gate.query import GoldenQuery
from kintsugi.index.judging import batches
from kintsugi.records import Document, DocumentVersion
from kintsugi.retrieval.evidence import terms
from kintsugi.retrieval.sentences import sentences
from kintsugi.stores.records import RecordStore

WORDS = 7
FEWEST_WORDS = 4
PER_DOCUMENT = 3
LOOKED_AT = 10
"""Documents that are looked at for each query wanted: many may be too short."""

SPAN = 20
"""Words of a long sentence, a table's row or a line of a log, that are chosen from."""

WINDOW = 2_000
"""Characters around the chosen place that are searched for a sentence."""

TEXTS_AT_ONCE = 50
"""Whole texts in memory at once; one may have megabytes."""

LONGEST_WORD = 40
_WORD = re.compile(r"[^\W_]+(?:[-._][^\W_]+)*")


def known_items(records: RecordStore, count: int) -> Iterator[GoldenQuery]:
    """Yield at most ``count`` queries: one of each of the first documents, then a second and a third one of each.

    Ids are hashes, so the first documents are a sample that hardly changes as the corpus does. A corpus of few
    documents gives several queries of each.
    """
    rounds: list[dict[str, GoldenQuery]] = [{} for _ in range(PER_DOCUMENT)]
    for document, version in _with_texts(
        records, records.scan(Document, {"deleted_at": None}, limit=LOOKED_AT * count)
    ):
        for number, queries in enumerate(rounds):
            text = words_of(version.text, document.id, number)
            if text:
                queries.setdefault(text, GoldenQuery(text, {document.id: 1}, "known item"))
        if len(rounds[0]) >= count:
            break
    every = {text: query for queries in reversed(rounds) for text, query in queries.items()}
    in_order = dict.fromkeys(text for queries in rounds for text in queries)
    yield from islice((every[text] for text in in_order), count)


def _with_texts(records: RecordStore, documents: Iterable[Document]) -> Iterator[tuple[Document, DocumentVersion]]:
    for page in batches(documents, TEXTS_AT_ONCE):
        versions = records.get_many(DocumentVersion, [each.current for each in page])
        yield from ((each, versions[each.current]) for each in page if each.current in versions)


def words_of(text: str, document: str, number: int) -> str:
    """Return the ``number``-th query of a document, "" when it hasn't enough words.

    Its place is anywhere in the document with equal chance, so that an index that lost the ends of documents, or of
    their passages, fails its share of queries. The longest words are taken, in the order of the sentence: a word is the
    rarer, the longer it is (Zipf 1936), and needs no statistics of the corpus.
    """
    place = int(digest("known item", document, str(number), size=6), 16) % max(len(text), 1)
    start = max(0, place - WINDOW // 2)
    window = text[start : start + WINDOW]
    spans = [(span.start, span.end) for span in sentences(window)]
    if len(spans) > 2:
        spans = spans[1:-1]  # the first and the last may be cut by the window
    by_nearness = sorted(spans, key=lambda span: max(span[0] - (place - start), (place - start) - span[1], 0))
    for first, last in [*by_nearness, (0, len(window))]:
        words = _telling(window[first:last], place - start - first)
        if len(words) >= FEWEST_WORDS:
            return " ".join(words)
    return ""


def _telling(sentence: str, place: int) -> list[str]:
    """Return the longest different words that carry meaning, near a place, in the order in which they stand."""
    found = list(_WORD.finditer(sentence))
    nearest = next((at for at, match in enumerate(found) if match.end() > place), len(found))
    first = max(0, min(nearest - SPAN // 2, len(found) - SPAN))
    words = dict.fromkeys(match.group()[:LONGEST_WORD] for match in found[first : first + SPAN])
    telling = [word for word in words if terms(word)]
    chosen = set(sorted(telling, key=lambda word: (-len(word), word))[:WORDS])
    return [word for word in telling if word in chosen]
