"""Who made a failed run fail, and at which step: from what can be seen in the run, without a model.

The question of Zhang et al., *Which Agent Causes Task Failures and When?* (arXiv 2505.00212). Three signals, each with
the same say: a claim that the end still repeats speaks for the step that brought it in; an error for the step that led
to it; a step that says again what its speaker has said before, for that step. None is certain: the scores are hints.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autorefine.symbols import ERROR, outcome_symbols
from autorefine.trajectory import Step

_TERM = re.compile(r"[^\W_]{3,30}")
_READ = 20_000
_SAME = 0.8


@dataclass(frozen=True)
class Attribution:
    """The agent and the step (counted from 0) most likely responsible, and every step's share of the blame."""

    agent: str
    step: int
    scores: tuple[float, ...]


def attribute(steps: Sequence[Step], speakers: Sequence[str]) -> Attribution:
    """Return the step with most of the blame, and who spoke there; of several the first.

    The first step sets the task and gets no blame where there are others. Without any sign the last step has it.

    Args:
        steps: what was said or done, in order; only the first 20,000 characters of a step are read.
        speakers: who said or did it, one name a step.

    Raises:
        ValueError: there is no step, or not one speaker a step.
    """
    if not steps or len(steps) != len(speakers):
        raise ValueError(f"expected a speaker for each of at least one step, got {len(speakers)} for {len(steps)}")
    terms = [_terms(step) for step in steps]
    signals = (_claims(terms), _errors(steps, speakers), _repeats(terms, speakers))
    raised = [signal for signal in map(_shares, signals) if any(signal)]
    scores = [sum(column) / len(raised) for column in zip(*raised, strict=True)] if raised else [0.0] * len(steps)
    if not any(scores):
        scores[-1] = 1.0
    step = max(range(len(scores)), key=lambda n: (scores[n], -n))
    return Attribution(speakers[step], step, tuple(scores))


def _claims(terms: Sequence[frozenset[str]]) -> list[float]:
    """Return of the terms that the last telling step still uses, how many each step brought in after the first."""
    end = next((n for n in range(len(terms) - 1, 0, -1) if len(terms[n] - terms[0]) > 1), 0)
    brought = [0.0] * len(terms)
    known = terms[0]
    for n in range(1, end + 1):
        brought[n] = float(len((terms[n] & terms[end]) - known))
        known = known | terms[n]
    return brought


def _errors(steps: Sequence[Step], speakers: Sequence[str]) -> list[float]:
    """Return how many errors each step led to: its own, or one that another speaker reports right after it.

    The first error weighs most, the k-th 1/k: later ones follow from earlier ones.
    """
    led = [0.0] * len(steps)
    seen = 0
    for n, step in enumerate(steps):
        cause = n if step.error is not None else _before(n, speakers)
        said = step.observation or step.action
        if cause and outcome_symbols("", said, step.error)[0].startswith(ERROR):
            seen += 1
            led[cause] += 1 / seen
    return led


def _before(n: int, speakers: Sequence[str]) -> int:
    return next((earlier for earlier in range(n - 1, 0, -1) if speakers[earlier] != speakers[n]), 0)


def _repeats(terms: Sequence[frozenset[str]], speakers: Sequence[str]) -> list[float]:
    """Return 1 for each step that says about what its speaker said the time before."""
    repeats = [0.0] * len(terms)
    last: dict[str, frozenset[str]] = {}
    for n, (said, speaker) in enumerate(zip(terms, speakers, strict=True)):
        before = last.get(speaker, frozenset())
        if n and said and len(said & before) >= _SAME * len(said | before):
            repeats[n] = 1.0
        last[speaker] = said
    return repeats


def _terms(step: Step) -> frozenset[str]:
    text = f"{step.action} {step.observation} {step.error or ''}"[:_READ]
    return frozenset(word.lower() for word in _TERM.findall(text))


def _shares(values: Iterable[float]) -> list[float]:
    listed = list(values)
    total = sum(listed)
    return [value / total for value in listed] if total else listed
