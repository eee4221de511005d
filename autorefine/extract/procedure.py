"""Procedures: stretches of steps that successful runs share, as small bounded state machines (the *subagent* kind).

Of arXiv 2601.22758, section 3 (procedural expertise). Bounded: stretches of three to ``MAX_STATES`` different-looking
steps of at most 64 are counted, which is linear in the number of steps.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from autorefine.config import RefineConfig
from autorefine.evidence import gather, measure, sample, tally
from autorefine.machine import Machine
from autorefine.pattern import Pattern, Scope, pattern_id
from autorefine.symbols import REPEAT
from autorefine.trace import MAX_STEPS, Trace
from autorefine.wording import difference, procedure_guideline, procedure_name

MIN_STATES = 3
MAX_STATES = 8
MIN_RUNS = 2
_MIN_SHARE = 0.1


@dataclass(frozen=True)
class _Visit:
    """A state of one run: the symbol, and the first and last of the consecutive steps that it covers."""

    symbol: str
    first: int
    last: int


@dataclass(frozen=True)
class _Stretch:
    signature: tuple[str, ...]
    visits: tuple[tuple[_Visit, ...], ...]

    @property
    def weight(self) -> int:
        return len(self.visits) * len(self.signature)


def procedure_patterns(traces: Sequence[Trace], config: RefineConfig, now: float) -> list[Pattern]:
    """Return the procedures that at least two successful runs share, the longest and most frequent first.

    Each step is named at the most specific level that recurs; steps that repeat become one state with a loop. Only
    closed and maximal stretches are kept. A procedure that its followers succeed with less often than others is left
    out. Nothing is claimed here beyond "this recurs in runs that succeeded": whether it helps is for the gates.
    """
    stretches = _closed(_stretches([trace for trace in traces if trace.success]))
    patterns = []
    for stretch in _maximal(stretches)[: config.max_proposals]:
        pattern = _pattern(traces, stretch, now, config)
        if pattern.effect is None or pattern.effect.size >= 0:
            patterns.append(pattern)
    return patterns


def _stretches(successes: Sequence[Trace]) -> list[_Stretch]:
    runs_with = Counter(
        symbol for trace in successes for symbol in {symbol for step in trace.actions for symbol in step}
    )
    needed = max(MIN_RUNS, ceil(_MIN_SHARE * len(successes)))
    found: dict[tuple[str, ...], dict[str, tuple[_Visit, ...]]] = defaultdict(dict)
    for trace in successes:
        names = [_recurring_name(step, runs_with, needed) for step in trace.actions]
        for unbroken in _unbroken(_visits(names)):
            for start in range(len(unbroken)):
                for end in range(start + MIN_STATES, min(start + MAX_STATES, len(unbroken)) + 1):
                    visits = tuple(unbroken[start:end])
                    found[tuple(visit.symbol for visit in visits)].setdefault(trace.id, visits)
    return [
        _Stretch(signature, tuple(by_run.values()))
        for signature, by_run in found.items()
        if len(by_run) >= needed and len(set(signature)) >= MIN_STATES
    ]


def _recurring_name(step: Sequence[str], runs_with: Counter[str], needed: int) -> str | None:
    names = [symbol for symbol in step if symbol != REPEAT and runs_with[symbol] >= needed]
    return names[-1] if names else None


def _visits(names: Sequence[str | None]) -> list[_Visit | None]:
    visits: list[_Visit | None] = []
    for position, name in enumerate(names):
        previous = visits[-1] if visits else None
        if name is None:
            visits.append(None)
        elif previous is not None and previous.symbol == name:
            visits[-1] = _Visit(name, previous.first, position)
        else:
            visits.append(_Visit(name, position, position))
    return visits


def _unbroken(visits: Sequence[_Visit | None]) -> list[list[_Visit]]:
    """Split where a step has no recurring name."""
    parts: list[list[_Visit]] = [[]]
    for visit in visits:
        if visit is None:
            parts.append([])
        else:
            parts[-1].append(visit)
    return parts


def _closed(stretches: Sequence[_Stretch]) -> list[_Stretch]:
    """Drop each stretch that one step more, on either side, leaves with the same number of runs."""
    support = {stretch.signature: len(stretch.visits) for stretch in stretches}
    absorbed = {
        part
        for signature, count in support.items()
        for part in (signature[1:], signature[:-1])
        if support.get(part) == count
    }
    return [stretch for stretch in stretches if stretch.signature not in absorbed]


def _maximal(stretches: Sequence[_Stretch]) -> list[_Stretch]:
    """Keep the weightiest of stretches of which one lies within the other."""
    kept: list[_Stretch] = []
    for stretch in sorted(stretches, key=lambda stretch: (-stretch.weight, stretch.signature)):
        if not any(_lies_within(stretch, other) or _lies_within(other, stretch) for other in kept):
            kept.append(stretch)
    return kept


def _lies_within(part: _Stretch, whole: _Stretch) -> bool:
    size = len(part.signature)
    return any(
        whole.signature[start : start + size] == part.signature for start in range(len(whole.signature) - size + 1)
    )


def _machine(stretch: _Stretch) -> Machine:
    signature = stretch.signature
    moves = list(pairwise(signature))
    loops = [(visit.symbol, visit.symbol) for visits in stretch.visits for visit in visits if visit.last > visit.first]
    longest = max(visits[-1].last - visits[0].first + 1 for visits in stretch.visits)
    return Machine(
        states=tuple(dict.fromkeys(signature)),
        transitions=tuple(dict.fromkeys(moves + sorted(loops))),
        step_limit=min(longest, MAX_STEPS),
    )


def _pattern(traces: Sequence[Trace], stretch: _Stretch, now: float, config: RefineConfig) -> Pattern:
    signature, machine = stretch.signature, _machine(stretch)
    evidence = gather(traces, None, signature)
    effect = measure(evidence)
    followers = {item.trajectory for item in evidence if item.steps}
    return Pattern(
        id=pattern_id("subagent", signature, None, avoid=False),
        kind="subagent",
        name=procedure_name(signature),
        guideline=procedure_guideline(signature, machine, tally(evidence), difference(effect)),
        signature=signature,
        guard=None,
        avoid=False,
        scope=Scope(agents=tuple(sorted({trace.agent for trace in traces if trace.id in followers}))),
        evidence=sample(evidence, config.evidence_limit),
        effect=effect,
        machine=machine,
        created_at=now,
    )
