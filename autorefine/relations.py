"""How a step stands to what came before it: repeated, alike, built on what was seen, built on what was refused.

These symbols hold in any environment whose actions and observations are texts: they compare words, and know none.
``is:`` speaks of the action, ``got:`` of what came back, ``task:`` of what was asked. Amounts are told by powers of two
and shares by quarters, so that what is alike has the same symbol.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from autorefine.answers import Answer, answer_of
from autorefine.symbols import ERROR
from autorefine.trajectory import Step

IS, GOT, TASK = "is:", "got:", "task:"

READ = 2_000
_WORD = re.compile(r"[^\W\d]\w*")
_MOST_TASK_WORDS = 64
_MOST_REMEMBERED = 5_000
_LARGEST_POWER = 6
_QUARTERS = ("hardly", "partly", "mostly", "nearly all")
_FEW = 3


@dataclass
class _Past:
    """What a run has shown so far."""

    seen: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    answers: set[str] = field(default_factory=set)
    before: frozenset[str] | None = None
    things: int | None = None


def relations(
    steps: Sequence[Step], outcomes: Sequence[Sequence[str]], task_text: str = ""
) -> tuple[tuple[str, ...], ...]:
    """Return for each step the symbols of how it stands to the steps before it and to the task.

    Only the first 2,000 characters of an action or observation are read, and some 5,000 words are remembered, so the
    cost of a run is linear in its steps.

    Args:
        steps: the run.
        outcomes: the outcome symbols of each step: they tell whether it failed.
        task_text: what was to be done, in words.
    """
    past = _Past()
    asked = _words(task_text[:READ])
    found = []
    for step, came in zip(steps, outcomes, strict=True):
        action = _as_text(step)
        answer = answer_of((step.error or step.observation)[:READ])
        failed = came[0].startswith(ERROR)
        found.append((*_done(action, past), *_came(answer, asked, past, failed=failed)))
        _remember(past, action, answer, failed=failed)
    return tuple(found)


@lru_cache(maxsize=4096)
def task_symbols(task_text: str) -> tuple[str, ...]:
    """Return the words of a task and how many there are; empty without a text."""
    words = _WORD.findall(task_text[:READ].lower())
    if not words:
        return ()
    asked = (f"{TASK}{word}" for word in dict.fromkeys(words[:_MOST_TASK_WORDS]))
    return (*asked, f"{TASK}about {power(len(words))} words")


def forget_words() -> None:
    """Empty what is remembered of the words of texts."""
    for remembered in (task_symbols, _words, _word_count):
        remembered.cache_clear()


def power(count: int) -> int:
    """Return the largest power of two that is at most ``count``, 64 at most; 0 for 0."""
    return 1 << min(_LARGEST_POWER, count.bit_length() - 1) if count else 0


def _done(action: str, past: _Past) -> Iterator[str]:
    words = _words(action)
    yield f"{IS}{_quarter(len(words & past.seen), len(words))} made of words that were seen"
    yield f"{IS}about {power(_word_count(action))} words"
    if past.before is not None:
        yield f"{IS}{_quarter(len(words & past.before), len(words | past.before))} the step before"
    if action in past.done:
        yield f"{IS}an action that was done before"
    if words & past.refused:
        yield f"{IS}with a name that was refused"


def _came(answer: Answer, asked: frozenset[str], past: _Past, *, failed: bool) -> Iterator[str]:
    if answer.text in past.answers:
        yield f"{GOT}an answer that came before"
    shared = len(answer.words & asked)
    yield f"{GOT}{shared if shared < _FEW else f'{_FEW} or more'} words of the task"
    if failed:
        yield f"{GOT}a failure"
        return
    yield f"{GOT}about {power(answer.things)} things"
    yield f"{GOT}{answer.made_of}"
    if not answer.things:
        return
    yield f"{GOT}things like {answer.shape}"
    yield f"{GOT}things of {answer.width} parts"
    if answer.things > 1:
        yield f"{GOT}{'a thing twice' if answer.repeats else 'things that all differ'}"
    if past.things is not None:
        compared = "as many" if answer.things == past.things else "fewer" if answer.things < past.things else "more"
        yield f"{GOT}{compared} things than before"


def _remember(past: _Past, action: str, answer: Answer, *, failed: bool) -> None:
    words = _words(action)
    past.before = words
    past.done.add(action)
    past.answers.add(answer.text)
    if failed:
        past.refused |= words & answer.words
        return
    past.refused -= answer.words
    past.things = answer.things or past.things
    if len(past.seen) < _MOST_REMEMBERED:
        past.seen |= answer.words


def _quarter(part: int, whole: int) -> str:
    return _QUARTERS[min(3, 4 * part // max(1, whole))]


@lru_cache(maxsize=8192)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))


@lru_cache(maxsize=8192)
def _word_count(text: str) -> int:
    return len(_WORD.findall(text))


def _as_text(step: Step) -> str:
    if not step.arguments:
        return step.action[:READ]
    return " ".join((step.action, *step.arguments.values()))[:READ]
