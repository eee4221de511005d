"""Questions without a good answer become drafts that say what is missing."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from kintsugi.platform import Platform
from kintsugi.records import Document, Feedback, RunRef
from kintsugi.records.upkeep import Proposal
from kintsugi.retrieval.hybrid import retrieve
from kintsugi.stores.search import Scope
from kintsugi.upkeep.proposing import draft

MOST_QUESTIONS = 500
SAME_SUBJECT = 0.75
"""Cosine of two questions that ask for one document; suits the bundled model."""

NEAREST = 5
EVERYTHING = Scope(principals=None)


def unanswered_proposals(platform: Platform, run: RunRef) -> Iterator[Proposal]:
    """Yield a draft for each group of questions whose answers more people found of no use than useful."""
    for questions in _groups(platform, _complained(platform)):
        nearest = _nearest(platform, questions[0])
        text = _text(questions, [f"{each.source}/{each.external_id}" for each in nearest])
        evidence = [{"what": "asked without a good answer", "question": each} for each in questions]
        evidence += [{"what": "nearest document", "document": each.id, "title": each.title} for each in nearest]
        yield draft(
            questions[0],
            text,
            "drafts/new.md",
            reason=f"{len(questions)} questions had no good answer",
            evidence=evidence,
            now=platform.records.now(),
            run=run,
        )


def _complained(platform: Platform) -> list[str]:
    votes: Counter[str] = Counter()
    for said in platform.records.latest(Feedback, "at", limit=MOST_QUESTIONS):
        votes[said.question] += 1 if said.useful else -1
    return sorted(question for question, vote in votes.items() if vote < 0)


def _groups(platform: Platform, questions: list[str]) -> list[list[str]]:
    """Put each question to the first group whose first question is near enough."""
    if not questions:
        return []
    vectors = platform.embedder.embed_queries(questions)
    heads: list[int] = []
    groups: dict[int, list[str]] = {}
    for number, question in enumerate(questions):
        cosines = vectors[heads] @ vectors[number] if heads else np.zeros(0)
        best = int(cosines.argmax()) if cosines.size else -1
        if best >= 0 and cosines[best] >= SAME_SUBJECT:
            groups[heads[best]].append(question)
        else:
            heads.append(number)
            groups[number] = [question]
    return list(groups.values())


def _nearest(platform: Platform, question: str) -> list[Document]:
    retrieved = retrieve(platform, question, NEAREST, EVERYTHING)
    ids = list(dict.fromkeys(each.entry.document for each in retrieved.found)) if retrieved else []
    found = platform.records.get_many(Document, ids)
    return [found[id] for id in ids if id in found]


def _text(questions: list[str], nearest: list[str]) -> str:
    lines = [f"# {questions[0]}", "", "TODO: these questions have no good answer yet.", ""]
    lines += [f"- {each}" for each in questions]
    if nearest:
        lines += ["", "The nearest documents, which don't answer them:", "", *(f"- {each}" for each in nearest)]
    return "\n".join(lines) + "\n"
