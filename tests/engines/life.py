"""A platform's life from the first document to the last repair, and what people see of it after each step."""

import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

import pytest

from kintsugi.documents import intake
from kintsugi.index.dump import dump
from kintsugi.index.generations import pointer_of
from kintsugi.index.listing import listed
from kintsugi.index.publish import build, publish
from kintsugi.index.reconcile import reconcile
from kintsugi.index.reconciled import facts
from kintsugi.index.switch import roll_back
from kintsugi.platform import Platform
from kintsugi.records import Pointer
from kintsugi.retrieval.answer import PASSAGES, ask
from kintsugi.retrieval.hybrid import Leg, retrieve
from kintsugi.stores.search import Scope
from tests.builders import RUN, HashEmbedder
from tests.index.drifting import NO_WAIT, let_drift

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"
LEGS: tuple[Leg, ...] = get_args(Leg)
DEPTH = 10
MOST_APART = 0.03
"""Of fused scores, 0…1, on two engines: Lucene keeps the length of a passage in one byte, LanceDB keeps it whole."""

MOST_OTHERWISE = 0.1
"""Share of the questions whose answers may have passages in another order, that are as near to each other as that."""

EVERYTHING = Scope(principals=None)

QUESTIONS = (
    "Which command writes missing chunks into the index?",
    "How does a circuit breaker pose as a mapping error?",
    "mapper_parsing_exception",
    "What happens to items with status 429 inside a bulk answer of 200?",
    "The request is too large, the engine answers 413. What now?",
    "How do I backfill the hours that a source outage has lost?",
    "A zombie task still writes after its lease has passed to another",
    "The disk is full and indexes are read-only",
    "a clock that jumps backwards breaks leases",
    "Why does the model answer with invalid JSON?",
    "es_rejected_execution_exception in the write thread pool",
    "same dimension, other model: how is a swap of the embedding noticed?",
)


@dataclass(frozen=True)
class Moment:
    """What is to be seen of a platform; nothing in it says which engines it is on.

    Attributes:
        step: what was done last.
        told: what that step said about itself.
        dump: how many entries are served, and the digest of the canonical dump.
        pointer: the generation that serves, the one before, the one that was rolled back from, and why.
        generations: name, state, entries, the gate's ruling, and notes, of each.
        found: by leg and question, the scores of the best passages by id, best first.
        answers: by question, each sentence with its citation.
    """

    step: str
    told: dict[str, Any]
    dump: tuple[int, str]
    pointer: tuple[str, str, str, str]
    generations: list[tuple[Any, ...]]
    found: dict[Leg, dict[str, dict[str, float]]]
    answers: dict[str, tuple[Any, ...]]


def seen(platform: Platform, step: str, told: dict[str, Any], questions: Sequence[str]) -> Moment:
    dumped, pointer = dump(platform), pointer_of(platform.records)
    assert pointer is not None
    return Moment(
        step,
        told,
        (dumped.entries, dumped.sha256),
        (pointer.generation, pointer.previous, pointer.withdrawn, pointer.reason),
        [(each.generation, each.state, each.entries, each.ruling, each.notes) for each in listed(platform)],
        {leg: {question: best(platform, question, leg) for question in questions} for leg in LEGS},
        {question: answered(platform, question) for question in questions},
    )


def best(platform: Platform, question: str, leg: Leg) -> dict[str, float]:
    retrieved = retrieve(platform, question, DEPTH, EVERYTHING, leg=leg)
    return {each.entry.id: each.score for each in retrieved.found} if retrieved else {}


def answered(platform: Platform, question: str) -> tuple[Any, ...]:
    answer = ask(platform, question, EVERYTHING)
    return answer.evidence, answer.generation, answer.by_words_only, [asdict(each) for each in answer.sentences]


def require_same(one: Moment, other: Moment) -> None:
    """Assert that nobody can tell two platforms apart, but for the last digits of BM25."""
    assert one.step == other.step
    for what in ("told", "dump", "pointer", "generations"):
        assert getattr(one, what) == getattr(other, what), f"{what} after: {one.step}"
    questions = list(one.answers)
    for question in questions:
        here, there = ({leg: each.found[leg][question] for leg in LEGS} for each in (one, other))
        said = f"{question} after: {one.step}"
        assert list(here["dense"]) == list(there["dense"]), said
        assert here["dense"] == pytest.approx(there["dense"], abs=1e-4), said
        for leg in ("lexical", "hybrid"):
            assert len(here[leg]) == len(there[leg]), said
            assert len(here[leg].keys() & there[leg].keys()) >= 0.9 * len(here[leg]), f"{leg}: {said}"
            assert next(iter(here[leg]), "") in [*there[leg], ""][:2], f"{leg}: {said}"
        common = here["hybrid"].keys() & there["hybrid"].keys()
        assert {id: here["hybrid"][id] for id in common} == pytest.approx(
            {id: there["hybrid"][id] for id in common}, abs=MOST_APART
        ), said
        _require_same_answer(one.answers[question], other.answers[question], said)
        if list(here["hybrid"].items())[:PASSAGES] == list(there["hybrid"].items())[:PASSAGES]:
            assert one.answers[question] == other.answers[question], said
    other_order = sum(one.answers[question] != other.answers[question] for question in questions)
    assert other_order <= math.ceil(MOST_OTHERWISE * len(questions)), f"after: {one.step}"


def _require_same_answer(one: tuple[Any, ...], other: tuple[Any, ...], said: str) -> None:
    """Assert that both answer, or neither; from one generation; with sentences most of which are common."""
    assert one[:3] == other[:3], said
    here, there = ({(each["chunk"], each["start"]): each for each in answer[3]} for answer in (one, other))
    common = here.keys() & there.keys()
    assert 2 * len(common) >= max(len(here), len(there)), said
    assert all(here[key] == there[key] for key in common), said


def first_documents(platform: Platform, count: int | None = None) -> dict[str, Any]:
    """Take the repository's own runbooks in."""
    for file in sorted(RUNBOOKS.glob("*.md"))[:count]:
        shutil.copy(file, platform.settings.runbooks)
    return taken_in(platform)


def other_documents(platform: Platform) -> dict[str, Any]:
    """Edit some, delete some, and bring one that says nothing new in other words."""
    folder = platform.settings.runbooks
    for file in sorted(folder.glob("0*.md"))[:3]:
        text = file.read_text()
        file.write_text(text.replace("## ", "## Edited: ", 1) + f"\n\n## Afterword\n\nIt was changed: {file.stem}.\n")
    for file in sorted(folder.glob("2*.md"))[:2]:
        file.unlink()
    (folder / "99-new.md").write_text("# Gold in the cracks\n\nA broken bowl is mended with lacquer and gold.\n")
    return taken_in(platform)


def taken_in(platform: Platform) -> dict[str, Any]:
    partition = intake.ingest(platform, "runbooks", "all", RUN)
    return partition.model_dump(include={"state", "seen", "written", "skipped", "refused", "deleted"})


def published(platform: Platform) -> dict[str, Any]:
    outcome = publish(platform, RUN)
    return _ruled(asdict(outcome))


def _ruled(outcome: dict[str, Any]) -> dict[str, Any]:
    """The gate's ruling and its pairs; how much a leg has gained is the engine's own to the last digit."""
    return outcome | {"verdict": outcome["verdict"].split(",")[0]}


def of_weak_model(platform: Platform) -> dict[str, Any]:
    return published(platform.using(embedder=HashEmbedder(dimension=8, model="weak")))


def drifted(platform: Platform) -> dict[str, Any]:
    """Lose, spoil and add entries behind the platform's back."""
    return dict(let_drift(platform, 4))


def reconciled(platform: Platform, **options: Any) -> dict[str, Any]:
    """Compare and repair; how long it took is the engine's own."""
    return facts(reconcile(platform, RUN, wait=NO_WAIT, **options)) | {"seconds": 0}


ASKED = {"published", "published the changes", "built and flipped", "rolled back", "reconciled"}
"""Steps after which questions are asked."""

LIFE: tuple[tuple[str, Callable[[Platform], dict[str, Any]]], ...] = (
    ("published", published),
    ("published again", published),
    ("edited and deleted", other_documents),
    ("published the changes", published),
    ("built and flipped", lambda platform: _ruled(asdict(build(platform, RUN)))),
    ("rolled back", lambda platform: {"serves": roll_back(platform).id}),
    ("a weak model", of_weak_model),
    ("drifted", drifted),
    ("only looked", lambda platform: reconciled(platform, dry_run=True)),
    ("reconciled", reconciled),
    ("reconciled again", reconciled),
)
"""What is done after the first documents were taken in."""


def lived(
    platform: Platform,
    *,
    until: str = "reconciled again",
    documents: int | None = None,
    questions: Sequence[str] = QUESTIONS,
) -> Iterator[Moment]:
    """Go through life step by step; yield what is to be seen after each."""
    taken = first_documents(platform, documents)
    assert not platform.records.count(Pointer)
    for step, act in LIFE:
        told = act(platform)
        if step == LIFE[0][0]:
            told |= {"taken in": taken}
        yield seen(platform, step, told, questions if step in ASKED else ())
        if step == until:
            return
