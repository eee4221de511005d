"""An extractive answer: sentences of what was ingested, each with its citation; no model writes a word of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kintsugi.platform import Platform
from kintsugi.records import Document, RunRef
from kintsugi.records.document import embedding_text
from kintsugi.retrieval.evidence import coverage, is_evidence, terms
from kintsugi.retrieval.hybrid import Found, Retrieved, retrieve
from kintsugi.retrieval.sentences import Span, sentences
from kintsugi.stores.search import Floats, Scope

PASSAGES = 6
MOST_SENTENCES = 4
CANDIDATES = 48
"""Sentences that are compared with the question; those of the best passages come first."""

COVERAGE_WEIGHT = 0.3
PASSAGE_WEIGHT = 0.5
TOO_SIMILAR = 0.9


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
    """What `ask` says. Without ``evidence`` there are no sentences: nothing is claimed."""

    question: str
    evidence: bool
    sentences: tuple[Cited, ...]
    generation: str = ""

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
        FingerprintMismatch: the served generation is of another embedding.
    """
    question = " ".join(question.split())
    if not terms(question):
        return Answer(question, evidence=False, sentences=())
    retrieved = retrieve(platform, question, PASSAGES, scope)
    if retrieved is None:
        return Answer(question, evidence=False, sentences=())
    if not is_evidence(question, retrieved.found):
        return Answer(question, evidence=False, sentences=(), generation=retrieved.generation)
    chosen = _chosen(platform, question, retrieved)
    documents = platform.records.get_many(Document, {retrieved.found[each.passage].entry.document for each in chosen})
    cited = tuple(
        _cited(retrieved, each, documents[retrieved.found[each.passage].entry.document])
        for each in chosen
        if retrieved.found[each.passage].entry.document in documents
    )
    return Answer(question, evidence=bool(cited), sentences=cited, generation=retrieved.generation)


def _chosen(platform: Platform, question: str, retrieved: Retrieved) -> list[_Candidate]:
    candidates = _candidates(retrieved.found)
    if not candidates or retrieved.vector is None:
        return []
    vectors = platform.embedder.embed([_in_context(retrieved.found, each) for each in candidates])
    scores = _scores(question, retrieved, candidates, vectors)
    picked = pick(scores, vectors, MOST_SENTENCES)
    return [candidates[position] for position in sorted(picked, key=lambda p: (candidates[p].passage, p))]


def _candidates(found: Sequence[Found]) -> list[_Candidate]:
    candidates = [
        _Candidate(passage, span, " ".join(each.entry.text[span.start : span.end].split()))
        for passage, each in enumerate(found)
        for span in sentences(each.entry.text)
    ]
    return candidates[:CANDIDATES]


def _in_context(found: Sequence[Found], candidate: _Candidate) -> str:
    entry = found[candidate.passage].entry
    return embedding_text(entry.title, (entry.heading,) if entry.heading else (), candidate.text)


def _scores(question: str, retrieved: Retrieved, candidates: Sequence[_Candidate], vectors: Floats) -> list[float]:
    """Return how well each sentence answers: near in meaning, of the same words, from a passage found early."""
    asked = terms(question)
    best = max((each.score for each in retrieved.found), default=0.0) or 1.0
    near = vectors @ retrieved.vector if retrieved.vector is not None else np.zeros(len(candidates))
    return [
        float(near[position])
        + COVERAGE_WEIGHT * coverage(asked, each.text)
        + PASSAGE_WEIGHT * retrieved.found[each.passage].score / best
        for position, each in enumerate(candidates)
    ]


def pick(scores: Sequence[float], vectors: Floats, most: int) -> list[int]:
    """Return the positions of the best, best first, leaving out what says the same as one that was picked before."""
    picked: list[int] = []
    for position in sorted(range(len(scores)), key=lambda each: (-scores[each], each)):
        if len(picked) == most:
            break
        if all(float(vectors[position] @ vectors[other]) < TOO_SIMILAR for other in picked):
            picked.append(position)
    return picked


def _cited(retrieved: Retrieved, candidate: _Candidate, document: Document) -> Cited:
    entry = retrieved.found[candidate.passage].entry
    return Cited(
        sentence=candidate.text,
        source=entry.source,
        external_id=document.external_id,
        title=entry.title,
        heading=entry.heading,
        document=entry.document,
        document_version=entry.document_version,
        chunk=entry.id,
        start=entry.start + candidate.span.start,
        end=entry.start + candidate.span.end,
        generation=retrieved.generation,
        run=document.run,
    )
