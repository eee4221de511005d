"""Questions without a good answer become drafts that say what is missing."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kintsugi.platform import Platform
from kintsugi.records import Document, Feedback, RunRef
from kintsugi.records.upkeep import Proposal
from kintsugi.retrieval.hybrid import retrieve
from kintsugi.stores.search import Scope
from kintsugi.upkeep.proposing import MOST_EVIDENCE, draft

MOST_QUESTIONS = 500
SAME_SUBJECT = 0.75
"""Cosine of two questions that ask for one document; suits the bundled model."""

NEAREST = 5
MOST_NAMED = 20
"""Questions that a draft names; the others are counted."""

MOST_DRAFTS = 200
"""Drafts of before, the newest, that are looked at."""

EVERYTHING = Scope(principals=None)


@dataclass(frozen=True)
class Drafted:
    """The questions of a draft, and the versions of the documents that were nearest to them, by the documents' ids."""

    questions: frozenset[str]
    versions: dict[str, str]

    def covers(self, questions: list[str], nearest: Document) -> bool:
        """Tell whether it was made for one of the questions while this document was among the nearest."""
        return not self.questions.isdisjoint(questions) and nearest.id in self.versions


def unanswered_proposals(platform: Platform, run: RunRef) -> Iterator[Proposal]:
    """Yield a draft for each group of questions whose answers more people found of no use than useful.

    What was drafted before is drafted again, with whatever was asked since, only when one of its nearest documents has
    changed or another one is nearer: a no holds for the question in other words as well.
    """
    complained = _complained(platform)
    before = _drafted(platform) if complained else []
    for questions in _groups(platform, sorted(complained)):
        nearest = _nearest(platform, questions[0])
        if nearest and any(each.covers(questions, nearest[0]) for each in before):
            continue
        text = _text(questions, [f"{each.source}/{each.external_id}" for each in nearest])
        evidence = [
            {"what": "asked without a good answer", "question": each, "feedback": complained[each]}
            for each in questions
        ]
        evidence = evidence[: MOST_EVIDENCE - NEAREST] + [
            {"what": "nearest document", "document": each.id, "version": each.current, "title": each.title}
            for each in nearest
        ]
        yield draft(
            questions[0],
            text,
            "drafts/new.md",
            versions=[each.current for each in nearest],
            reason=f"{len(questions)} questions had no good answer",
            evidence=evidence,
            now=platform.records.now(),
            run=run,
        )


def _complained(platform: Platform) -> dict[str, str]:
    """Return the questions, each with the newest word against an answer to it."""
    votes: Counter[str] = Counter()
    against: dict[str, str] = {}
    for said in platform.records.latest(Feedback, "at", limit=MOST_QUESTIONS):
        votes[said.question] += 1 if said.useful else -1
        if not said.useful:
            against.setdefault(said.question, said.id)
    return {question: against[question] for question, vote in votes.items() if vote < 0}


def _drafted(platform: Platform) -> list[Drafted]:
    """Return the newest drafts, those whose nearest documents are today as they were."""
    made = platform.records.latest(Proposal, "made_at", {"kind": "unanswered"}, limit=MOST_DRAFTS)
    found = [
        Drafted(
            frozenset(each["question"] for each in proposal.evidence if "question" in each),
            {each["document"]: each.get("version", "") for each in proposal.evidence if "document" in each},
        )
        for proposal in made
    ]
    ids = {id for each in found for id in each.versions}
    today = {id: head.current for id, head in platform.records.get_many(Document, ids).items() if not head.deleted_at}
    return [each for each in found if all(today.get(id) == version for id, version in each.versions.items())]


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
    return [found[id] for id in ids[:NEAREST] if id in found and not found[id].deleted_at]


def _text(questions: list[str], nearest: list[str]) -> str:
    lines = [f"# {questions[0]}", "", "TODO: these questions have no good answer yet.", ""]
    lines += [f"- {each}" for each in questions[:MOST_NAMED]]
    if len(questions) > MOST_NAMED:
        lines.append(f"- … and {len(questions) - MOST_NAMED} more")
    if nearest:
        lines += ["", "The nearest documents, which don't answer them:", "", *(f"- {each}" for each in nearest)]
    return "\n".join(lines) + "\n"
