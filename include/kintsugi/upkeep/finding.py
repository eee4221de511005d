"""What is to be proposed: duplicates and outdated versions, documents without a source, documents that mislead."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from kintsugi.platform import Platform
from kintsugi.records import Document, DocumentVersion, Feedback, RunRef
from kintsugi.records.upkeep import Proposal
from kintsugi.upkeep.age import Ages, OlderLine, ages
from kintsugi.upkeep.facts import same_facts
from kintsugi.upkeep.pairs import Alike, alike_documents
from kintsugi.upkeep.proposing import hiding
from kintsugi.upkeep.succession import distrust, hindrance

SAME = 0.9
"""Texts with so much in common are one text twice."""

FEWEST_COMPLAINTS = 2
NEWEST_WORDS = 2_000


def alike_proposals(platform: Platform, run: RunRef) -> Iterator[Proposal]:
    """Yield a proposal for each document that another one repeats, or says in a newer version.

    Texts that state another number, date or path are no duplicates however alike they are; and nothing gives way to
    what is less trusted, or is read by fewer people.
    """
    for pair in alike_documents(platform):
        texts = platform.records.get_many(DocumentVersion, [pair.one.current, pair.other.current])
        if len(texts) < 2:
            continue
        one, other = texts[pair.one.current].text, texts[pair.other.current].text
        found = ages(one, other)
        if found.one_is_older and not found.other_is_older:
            older, newer, text, lines = pair.one, pair.other, one, found.one_is_older
        elif found.other_is_older and not found.one_is_older:
            older, newer, text, lines = pair.other, pair.one, other, found.other_is_older
        elif found == Ages((), ()) and pair.share >= SAME and same_facts(one, other):
            newer, older = sorted((pair.one, pair.other), key=_worth_keeping)
            text, lines = one if older is pair.one else other, ()
        else:
            continue
        if not hindrance(older, newer):
            yield _superseded(platform, pair, older, newer, text, lines, run)


def sourceless_proposals(platform: Platform, known: Collection[str], run: RunRef) -> Iterator[Proposal]:
    """Yield a proposal for each living document whose source isn't among the ``known`` ones.

    What a person took in with a command has no source that could be gone; what is hidden needs no proposal.
    """
    for document in platform.records.scan(Document, {"deleted_at": None}):
        if document.chunks and document.source not in known and document.run.dag != "cli":
            evidence = [{"what": "no such source is configured", "source": document.source}]
            yield _alone(platform, document, f"its source {document.source!r} is gone", evidence, run)


def misleading_proposals(platform: Platform, run: RunRef) -> Iterator[Proposal]:
    """Yield a proposal for each document that answers cited and more people found of no use than useful.

    The newest `NEWEST_WORDS` words of feedback are looked at.
    """
    votes: Counter[str] = Counter()
    complaints: dict[str, list[Feedback]] = {}
    for said in platform.records.latest(Feedback, "at", limit=NEWEST_WORDS):
        for document in said.documents:
            votes[document] += 1 if said.useful else -1
            if not said.useful:
                complaints.setdefault(document, []).append(said)
    blamed = [id for id, vote in votes.items() if vote <= -FEWEST_COMPLAINTS]
    for head in platform.records.get_many(Document, sorted(blamed)).values():
        if head.chunks and head.deleted_at is None:
            of_no_use = complaints[head.id]
            evidence = [{"what": "of no use", "feedback": each.id, "question": each.question} for each in of_no_use]
            yield _alone(platform, head, f"{len(of_no_use)} answers that cited it were of no use", evidence, run)


def _superseded(
    platform: Platform,
    pair: Alike,
    hidden: Document,
    kept: Document,
    text: str,
    lines: tuple[OlderLine, ...],
    run: RunRef,
) -> Proposal:
    says = "says the same of a later version or date" if lines else "says the same"
    evidence = [{"what": "older line", "older": each.older[:300], "newer": each.newer[:300]} for each in lines]
    return hiding(
        "stale" if lines else "duplicate",
        hidden,
        text,
        successor=kept,
        reason=f"{kept.source}/{kept.external_id} {says}",
        evidence=[{"what": "share of text in common", "share": round(pair.share, 2), "document": kept.id}, *evidence],
        now=platform.records.now(),
        run=run,
    )


def _alone(
    platform: Platform, document: Document, reason: str, evidence: list[dict[str, Any]], run: RunRef
) -> Proposal:
    version = platform.records.get(DocumentVersion, document.current)
    text = "" if version is None else version.text
    now = platform.records.now()
    return hiding("stale", document, text, successor=None, reason=reason, evidence=evidence, now=now, run=run)


def _worth_keeping(document: Document) -> tuple[int, str, str]:
    return distrust(document), document.source, document.external_id
