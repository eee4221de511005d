"""The gates of a proposal: is it well formed, are known questions answered as well with it, is none lost?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from autorefine.verdict import Verdict
from kintsugi.index.gate import golden_queries
from kintsugi.index.gate.known_items import words_of
from kintsugi.index.generations import serving
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, DocumentVersion
from kintsugi.records.upkeep import HiddenDocument, Proposal, Target
from kintsugi.retrieval.hybrid import retrieve
from kintsugi.retrieval.metrics import reciprocal_rank
from kintsugi.stores.search import Scope
from kintsugi.upkeep.evidence import fallen
from kintsugi.upkeep.succession import hindrance

MOST_DIFF = 200_000
MOST_TARGETS = 20
PROBES = 5
DEPTH = 10
"""Documents that count as found: what stands further down, nobody reads."""

PASSAGES = 60
MOST_QUESTIONS = 200
EVERYTHING = Scope(principals=None)
Ranking = Callable[[str], list[str] | None]
"""The documents that answer a question, best first, once everything is published that was decided; ``None`` while
nothing is served."""


@dataclass(frozen=True)
class Question:
    """A question that a proposal concerns, and the documents that answer it: today, and once it is applied."""

    text: str
    today: Mapping[str, int]
    then: Mapping[str, int]


@dataclass(frozen=True)
class Replayed:
    """The reciprocal rank of a question's first answering document, today and with the targets left out."""

    question: str
    today: float
    then: float


def ranking(platform: Platform) -> Ranking:
    """Return what asks the served index, and remembers the answers: for one pass over many proposals."""

    @lru_cache(maxsize=2 * MOST_QUESTIONS)
    def ranked(question: str) -> list[str] | None:
        retrieved = retrieve(platform, question, PASSAGES, EVERYTHING)
        if retrieved is None:
            return None
        ids = list(dict.fromkeys(each.entry.document for each in retrieved.found))
        heads = platform.records.get_many(Document, ids)
        return [id for id in ids if id in heads and heads[id].chunks and heads[id].deleted_at is None]

    return ranked


def judge(platform: Platform, proposal: Proposal, ranked: Ranking | None = None) -> list[Verdict]:
    """Return what the gates say of a proposal; the index and the records are only read.

    Raises:
        TransientError: a store or the model can't be reached now.
    """
    first = contract(platform, proposal)
    if not first.admitted or not proposal.targets:
        return [first]
    replayed = replay(platform, proposal, ranked or ranking(platform))
    unasked = "nothing is served that could be asked" if replayed is None else _unpublished(platform, proposal)
    if replayed is None or unasked:
        return [first, *(Verdict(each, "hold", unasked) for each in ("replay", "preservation"))]
    return [first, replay_verdict(replayed), preservation_verdict(replayed)]


def contract(platform: Platform, proposal: Proposal) -> Verdict:
    """Refuse what is malformed, unbounded, without evidence that stands, or was made for another version than today's.

    What answers in the place of a target has to be as trusted, and whoever may read the one may read the other. Hold
    while another proposal hides one of them.
    """
    breach = next(_breaches(platform, proposal), "")
    if not breach and (hidden := next(_hidden(platform, proposal), "")):
        return Verdict("contract", "hold", hidden)
    reason = breach or "well formed, bounded, with evidence, and its documents are as they were"
    return Verdict("contract", "refuse" if breach else "admit", reason)


def replay(platform: Platform, proposal: Proposal, ranked: Ranking) -> list[Replayed] | None:
    """Ask the questions that speak of the targets through the search that serves users, with the targets and without.

    ``None`` while nothing is served that could be asked.
    """
    gone = {each.document for each in proposal.targets}
    answers = []
    for question in _questions(platform, proposal):
        found = ranked(question.text)
        if found is None:
            return None
        if gone & {*question.today, *found[:DEPTH]}:
            today = reciprocal_rank(found[:DEPTH], question.today)
            left = [each for each in found if each not in gone]
            answers.append(Replayed(question.text, today, reciprocal_rank(left[:DEPTH], question.then)))
    return answers


def replay_verdict(replayed: Sequence[Replayed]) -> Verdict:
    """Admit when the questions are answered at least as well; hold while no question speaks of the targets."""
    if not replayed:
        return Verdict("replay", "hold", "no known question speaks of it: a person has to know")
    today = sum(each.today for each in replayed) / len(replayed)
    then = sum(each.then for each in replayed) / len(replayed)
    numbers = {"questions": float(len(replayed)), "today": round(today, 4), "then": round(then, 4)}
    if then + 1e-9 >= today:
        return Verdict("replay", "admit", "known questions are answered at least as well without it", numbers)
    return Verdict("replay", "refuse", "known questions are answered worse without it", numbers)


def preservation_verdict(replayed: Sequence[Replayed]) -> Verdict:
    """Refuse when a question that is answered today would not be any more."""
    lost = [each.question for each in replayed if each.today > 0 and each.then == 0]
    if lost:
        return Verdict("preservation", "refuse", f"nothing would answer {lost[0]!r}", {"lost": float(len(lost))})
    return Verdict("preservation", "admit", "no question loses its answer", {"lost": 0.0})


def _breaches(platform: Platform, proposal: Proposal) -> Iterator[str]:
    if not proposal.title.strip() or not proposal.reason.strip():
        yield "title or reason is missing"
    if not 0 < len(proposal.diff) <= MOST_DIFF or len(proposal.targets) > MOST_TARGETS:
        yield f"expected a diff of at most {MOST_DIFF} characters on at most {MOST_TARGETS} documents"
    if not proposal.evidence:
        yield "it has no evidence"
    if (proposal.kind == "unanswered") == bool(proposal.targets):
        yield "a draft has no targets, everything else has"
    concerned = _concerned(proposal)
    found = platform.records.get_many(Document, [each.document for each in concerned])
    for each in concerned:
        document = found.get(each.document)
        if document is None or document.deleted_at is not None:
            yield f"{each.name} is gone"
        elif document.current != each.document_version:
            yield f"{each.name} has changed since"
    if proposal.successor is not None:
        successor = found[proposal.successor.document]
        yield from filter(None, (hindrance(found[each.document], successor) for each in proposal.targets))
    yield from fallen(platform, proposal)


def _hidden(platform: Platform, proposal: Proposal) -> Iterator[str]:
    concerned = _concerned(proposal)
    hidden = platform.records.get_many(HiddenDocument, [each.document for each in concerned])
    for each in concerned:
        found = hidden.get(each.document)
        if found and found.proposal != proposal.id and found.document_version == each.document_version:
            yield f"{each.name} is hidden already, by proposal {found.proposal[:12]}"


def _concerned(proposal: Proposal) -> list[Target]:
    return [*proposal.targets, *([proposal.successor] if proposal.successor else [])]


def _unpublished(platform: Platform, proposal: Proposal) -> str:
    """Return that the successor isn't served as it is now: asked today, it would seem to answer nothing; else ""."""
    generation, successor = serving(platform.records), proposal.successor
    if successor is None or generation is None:
        return ""
    served = platform.index.of_documents(generation.id, [successor.document])
    chunks = platform.records.scan(Chunk, {"document": successor.document, "live": True})
    published = any(served.get(each.id) == each.digest for each in chunks)
    return "" if published else f"{successor.name} is not published yet"


def _questions(platform: Platform, proposal: Proposal) -> Iterator[Question]:
    """Yield the users' questions, and words of the targets where a successor has to answer in their place."""
    gone = {each.document for each in proposal.targets}
    successor = {proposal.successor.document: 1} if proposal.successor else {}
    for golden in golden_queries(platform, MOST_QUESTIONS).queries:
        if golden.origin != "known item":
            speaks = gone & set(golden.grades)
            then = {id: grade for id, grade in golden.grades.items() if id not in gone} | (successor if speaks else {})
            yield Question(golden.text, dict(golden.grades) | (successor if speaks else {}), then)
    for target in proposal.targets if successor else ():
        version = platform.records.get(DocumentVersion, target.document_version)
        probes = {words_of(version.text, target.document, number) for number in range(PROBES)} if version else set()
        for text in sorted(probes - {""}):
            yield Question(text, {target.document: 1} | successor, successor)
