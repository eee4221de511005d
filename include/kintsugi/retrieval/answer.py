"""An extractive answer: sentences of what was ingested, each with its citation; no model writes a word of it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kintsugi.platform import Platform
from kintsugi.records import Document, DocumentVersion, RunRef
from kintsugi.records.document import embedding_text
from kintsugi.retrieval.evidence import coverage, is_evidence, terms
from kintsugi.retrieval.hybrid import Found, Retrieved, retrieve
from kintsugi.retrieval.sentences import Span, sentences
from kintsugi.stores.search import Floats, IndexEntry, Scope

PASSAGES = 6
MOST_SENTENCES = 4
CANDIDATES = 24
"""Sentences whose meaning is compared with the question's: that is most of the time that an answer takes."""

COVERAGE_WEIGHT = 0.3
PASSAGE_WEIGHT = 0.5
TOO_SIMILAR = 0.9
FAR_BEHIND = 0.7
"""A sentence that scores less than this share of the best one is left out."""


@dataclass(frozen=True)
class Cited:
    """A sentence and where it stands: ``start`` and ``end`` are characters of the document version's text."""

    sentence: str
    source: str
    external_id: str
    title: str
    heading: str
    document: str
    document_version: str
    chunk: str
    start: int
    end: int
    generation: str
    run: RunRef


@dataclass(frozen=True)
class Answer:
    """What `ask` says. Without ``evidence`` there are no sentences: nothing is claimed.

    ``by_words_only`` says that passages were looked for by their words alone, because the served generation is of
    another embedding than the one that is set: it is so until publish has built a generation for it.
    """

    question: str
    evidence: bool
    sentences: tuple[Cited, ...]
    generation: str = ""
    by_words_only: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        cited = [{**asdict(each), "run": each.run.model_dump(mode="json")} for each in self.sentences]
        return {**asdict(self), "sentences": cited}


@dataclass(frozen=True)
class _Candidate:
    passage: int
    span: Span
    text: str


def ask(platform: Platform, question: str, scope: Scope) -> Answer:
    """Answer a question with sentences of the best passages; says so when nothing speaks of it.

    Raises:
        TransientError: a store or the model can't be reached now.
    """
    question = " ".join(question.split())
    retrieved = retrieve(platform, question, PASSAGES, scope) if terms(question) else None
    if retrieved is None:
        return Answer(question, evidence=False, sentences=())
    vector = platform.embedder.embed_queries([question])[0] if retrieved.vector is None else retrieved.vector
    chosen: list[_Candidate] = []
    cosines = _cosines(platform, retrieved, vector)
    if is_evidence(question, retrieved.found, cosines, platform.settings.retrieval):
        chosen = _chosen(platform, question, vector, retrieved.found)
    cited = tuple(_citations(platform, retrieved, chosen))
    return Answer(question, bool(cited), cited, retrieved.generation, by_words_only=retrieved.vector is None)


def _cosines(platform: Platform, retrieved: Retrieved, vector: Floats) -> list[float]:
    """Return the cosine of each passage with the question, in the space of the embedding that is set."""
    entries = [each.entry for each in retrieved.found]
    if not entries:
        return []
    if retrieved.vector is None:
        passages = platform.embedder.embed([_in_context(entry, entry.text) for entry in entries])
    else:
        passages = np.stack([entry.vector for entry in entries])
    return [float(cosine) for cosine in passages @ vector]


def _chosen(platform: Platform, question: str, vector: Floats, found: Sequence[Found]) -> list[_Candidate]:
    candidates = _candidates(question, found)
    if not candidates:
        return []
    vectors = platform.embedder.embed([_in_context(found[each.passage].entry, each.text) for each in candidates])
    scores = _scores(question, found, candidates, vectors @ vector)
    picked = pick(scores, vectors, MOST_SENTENCES)
    return [candidates[position] for position in sorted(picked, key=lambda p: (candidates[p].passage, p))]


def _candidates(question: str, found: Sequence[Found]) -> list[_Candidate]:
    """Return the sentences worth comparing: of early passages and with words of the question, in reading order.

    What only announces a list or a block of code (it ends with a colon) answers nothing by itself.
    """
    asked = terms(question)
    every = [
        _Candidate(passage, span, " ".join(each.entry.text[span.start : span.end].split()))
        for passage, each in enumerate(found)
        for span in sentences(each.entry.text)
    ]
    telling = [each for each in every if not each.text.endswith(":")] or every
    worth = sorted(telling, key=lambda each: each.passage / len(found) - coverage(asked, each.text))[:CANDIDATES]
    return sorted(worth, key=lambda each: (each.passage, each.span.start))


def _in_context(entry: IndexEntry, text: str) -> str:
    return embedding_text(entry.title, (entry.heading,) if entry.heading else (), text)


def _scores(question: str, found: Sequence[Found], candidates: Sequence[_Candidate], cosines: Floats) -> list[float]:
    """Return how well each sentence answers: near in meaning, of the same words, from a passage found early."""
    asked = terms(question)
    best = max((each.score for each in found), default=0.0) or 1.0
    return [
        float(cosine) + COVERAGE_WEIGHT * coverage(asked, each.text) + PASSAGE_WEIGHT * found[each.passage].score / best
        for each, cosine in zip(candidates, cosines, strict=True)
    ]


def pick(scores: Sequence[float], vectors: Floats, most: int) -> list[int]:
    """Return the positions of the best, best first, without what repeats an earlier one or is far behind."""
    picked: list[int] = []
    for position in sorted(range(len(scores)), key=lambda each: (-scores[each], each)):
        if len(picked) == most:
            break
        if picked and scores[position] < FAR_BEHIND * scores[picked[0]]:
            break
        if all(float(vectors[position] @ vectors[other]) < TOO_SIMILAR for other in picked):
            picked.append(position)
    return picked


def _citations(platform: Platform, retrieved: Retrieved, chosen: Sequence[_Candidate]) -> Iterator[Cited]:
    entries = [retrieved.found[each.passage].entry for each in chosen]
    documents = platform.records.get_many(Document, {entry.document for entry in entries})
    versions = platform.records.get_many(DocumentVersion, {entry.document_version for entry in entries})
    for each, entry in zip(chosen, entries, strict=True):
        document = documents.get(entry.document)
        if document is not None and document.deleted_at is None and entry.document_version in versions:
            yield Cited(
                sentence=each.text,
                source=entry.source,
                external_id=documents[entry.document].external_id,
                title=entry.title,
                heading=entry.heading,
                document=entry.document,
                document_version=entry.document_version,
                chunk=entry.id,
                start=entry.start + each.span.start,
                end=entry.start + each.span.end,
                generation=retrieved.generation,
                run=versions[entry.document_version].run,
            )
