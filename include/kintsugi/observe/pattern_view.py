"""A pattern as a person reads it: what it says, how sure that is, and the runs that it rests on."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from autorefine.evidence import Evidence
from autorefine.moments import is_sign
from autorefine.pattern import Pattern
from autorefine.sign_wording import said_of
from autorefine.symbols import words_of
from kintsugi.expertise.origins import Origin, origins
from kintsugi.expertise.strength import strength
from kintsugi.records import StoredPattern
from kintsugi.stores.records import RecordStore


@dataclass(frozen=True)
class Bound:
    """A matched difference of success rates, followers minus others: ``size`` with its 95 % interval; −1 … 1.

    ``p`` is the exact test's; ``q`` bounds the share of false discoveries, ``None`` where no test drew the pattern.
    """

    size: float
    low: float
    high: float
    p: float
    q: float | None


@dataclass(frozen=True)
class Served:
    """What became of a pattern with one agent version.

    Counts of tasks, and the lower bound of "used, hence succeeded".
    """

    agent_version: str
    retrieved: int
    used: int
    succeeded: int
    bound: float


@dataclass(frozen=True)
class Ruled:
    """The last word of a gate."""

    gate: str
    ruling: str
    reason: str
    numbers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """One run of the evidence; ``origin`` is ``None`` where its trajectory is gone from the truth, or ``withheld``.

    ``steps`` are the positions with which it followed the pattern, from 0; empty where it did not.
    """

    trajectory: str
    succeeded: bool
    followed: bool
    agent_version: str
    steps: tuple[int, ...]
    origin: Origin | None
    withheld: bool = False


@dataclass(frozen=True)
class PatternSeen:
    """Everything that is shown of a pattern.

    Attributes:
        kind: ``skill``, ``subagent`` or ``sign``.
        avoid: whether it advises against, or warns.
        when: the situation that it speaks of, in words; "" where it speaks of whole runs.
        reach: within how many steps after that its first action has to come; 0 without a situation.
        does: its actions or states, in order, in words.
        repeats: those states that may be repeated.
        step_limit: of a procedure; 0 elsewhere.
        agents: whose runs it was drawn from.
        followed: runs that did as it says; ``followed_succeeded`` of them succeeded.
        otherwise: comparable runs that did not; ``otherwise_succeeded`` of them succeeded.
        effect: of the runs that the replay gate asked, which it was not drawn from; of the evidence before it has
            asked any; ``None`` where there was nothing to compare.
        parents: ids of patterns that were merged into it.
        runs: the newest of its evidence, newest first, followers before others.
        evidence: how many runs there are in all.
    """

    id: str
    kind: str
    name: str
    state: str
    guideline: str
    avoid: bool
    when: str
    reach: int
    does: tuple[str, ...]
    repeats: tuple[str, ...]
    step_limit: int
    agents: tuple[str, ...]
    followed: int
    followed_succeeded: int
    otherwise: int
    otherwise_succeeded: int
    effect: Bound | None
    served: tuple[Served, ...]
    ruled: tuple[Ruled, ...]
    parents: tuple[str, ...]
    runs: tuple[Run, ...]
    evidence: int
    created_at: float

    @property
    def retrieved(self) -> int:
        """How often it was retrieved, by all agent versions."""
        return sum(each.retrieved for each in self.served)

    @property
    def used(self) -> int:
        """How often it was used, by all agent versions."""
        return sum(each.used for each in self.served)

    @property
    def succeeded(self) -> int:
        """How often it was used in a task that succeeded, by all agent versions."""
        return sum(each.succeeded for each in self.served)


def rank(pattern: Pattern) -> tuple[float, str]:
    """Return what patterns are sorted by where people see them: the strongest first."""
    return -strength(pattern), pattern.id


def strongest(records: RecordStore, state: str, most: int) -> list[Pattern]:
    """Return the strongest patterns of a state, by `rank`; no others are read.

    Those that an older version stored come last until they are stored again.
    """
    found = records.latest(StoredPattern, "strength", {"state": state}, limit=most)
    return [Pattern.from_document(each.body) for each in found]


def patterns_seen(records: RecordStore, patterns: Iterable[Pattern], *, most_runs: int) -> list[PatternSeen]:
    """Return the patterns as they are shown; the runs of all of them are looked up at once.

    Args:
        records: where the trajectories are.
        patterns: what is to be shown.
        most_runs: runs of its evidence that are shown of each pattern.
    """
    chosen = [(pattern, newest(pattern.evidence, most_runs)) for pattern in patterns]
    known = origins(records, {each.trajectory for _, runs in chosen for each in runs})
    return [pattern_seen(pattern, runs, known) for pattern, runs in chosen]


def without_runs_of(patterns: Iterable[PatternSeen], dags: Collection[str]) -> tuple[PatternSeen, ...]:
    """Return the patterns as somebody sees them who may not look at these DAGs: how their runs ended, and no more."""
    return tuple(replace(each, runs=tuple(_withheld(run, dags) for run in each.runs)) for each in patterns)


def _withheld(run: Run, dags: Collection[str]) -> Run:
    told = run.origin.run if run.origin else None
    if told is None or told.dag not in dags:
        return run
    return replace(run, trajectory="", agent_version="", origin=None, withheld=True)


def newest(evidence: Sequence[Evidence], most: int) -> list[Evidence]:
    """Return the newest of the evidence: up to two thirds followers where there are so many, then others."""
    followed = [each for each in reversed(evidence) if each.steps]
    otherwise = [each for each in reversed(evidence) if not each.steps]
    shown = followed[: max(most - len(otherwise), -(-2 * most // 3))]
    return shown + otherwise[: most - len(shown)]


def pattern_seen(pattern: Pattern, runs: Sequence[Evidence], known: dict[str, Origin]) -> PatternSeen:
    """Return a pattern as it is shown, with these runs of its evidence."""
    from autorefine.scores import heeded, lower_bound

    support, effect, machine = pattern.support, pattern.told, pattern.machine
    return PatternSeen(
        id=pattern.id,
        kind=pattern.kind,
        name=pattern.name,
        state=pattern.state,
        guideline=pattern.guideline,
        avoid=pattern.avoid,
        when=words_of(pattern.guard.symbol) if pattern.guard else "",
        reach=pattern.guard.reach if pattern.guard else 0,
        does=tuple(_words(symbol) for symbol in pattern.signature),
        repeats=tuple(sorted(_words(symbol) for symbol in machine.repeatable)) if machine else (),
        step_limit=machine.step_limit if machine else 0,
        agents=pattern.scope.agents,
        followed=support.followed,
        followed_succeeded=support.followed_succeeded,
        otherwise=support.otherwise,
        otherwise_succeeded=support.otherwise_succeeded,
        effect=Bound(effect.size, effect.low, effect.high, effect.p, effect.q) if effect else None,
        served=tuple(
            Served(name, each.retrieved, each.used, each.succeeded, lower_bound(each, heeded(pattern)))
            for name, each in sorted(pattern.counters.items())
        ),
        ruled=tuple(Ruled(each.gate, each.ruling, each.reason, dict(each.numbers)) for each in pattern.verdicts),
        parents=pattern.parents,
        runs=tuple(
            Run(each.trajectory, each.success, bool(each.steps), each.stratum, each.steps, known.get(each.trajectory))
            for each in runs
        ),
        evidence=len(pattern.evidence),
        created_at=pattern.created_at,
    )


def _words(symbol: str) -> str:
    """Return an action without its kind, and what a sign says of a run."""
    return said_of(symbol) if is_sign(symbol) else words_of(symbol)
