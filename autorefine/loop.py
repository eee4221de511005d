"""The loop: trajectories in, expertise with evidence out (arXiv 2601.22758, section 3)."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from autorefine.audit import OUTCOMES, entry
from autorefine.config import RefineConfig
from autorefine.deciding import decided
from autorefine.delivery import Delivery, sorted_out
from autorefine.extract.contrast import contrast_patterns
from autorefine.extract.procedure import procedure_patterns
from autorefine.extract.signs import sign_patterns
from autorefine.lifecycle import found_again, judged, promise, with_outcomes
from autorefine.maintenance import Decide
from autorefine.naming import with_distinct_names
from autorefine.pattern import Pattern
from autorefine.report import Decision, RefineReport, decision
from autorefine.repository import LoopState, PatternRepository, update
from autorefine.spending import Spending
from autorefine.split import split
from autorefine.trace import trace_of
from autorefine.trajectory import Trajectory
from autorefine.verdict import Verdict

READ_AHEAD = 200
"""So many trajectories are looked at together: different outcomes of one among them contradict each other."""


class AutoRefine:
    """Extracts patterns from trajectories, judges them on others, and maintains the repository.

    Works through the trajectories in the order given, a batch of ``config.batch_size`` at a time: contrasts the window,
    lets the gates judge on the held-out groups, keeps the caps, and at n = K, 2K, 4K, 8K … prunes and merges. Every
    decision is in the repository's history. The state is stored after each batch, and all that is written before it
    would be written the same again, so the process may be killed anywhere and the call repeated. Trajectories that it
    remembers are passed over: the same ones twice change nothing, unless they end otherwise now; then all that rests on
    them is corrected.

    Args:
        repository: where patterns and state are kept.
        config: how to extract, admit and maintain.
        clock: tells when something was decided, in seconds since the epoch. A loop that was killed decides the same at
            the same time when the clock says the same: let it say when the work began.

    Example:
        >>> from autorefine import AutoRefine, InMemoryRepository
        >>> AutoRefine(InMemoryRepository()).refine([]).to_document()["new"]
        0
    """

    def __init__(
        self,
        repository: PatternRepository,
        config: RefineConfig | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._repository = repository
        self._config = config or RefineConfig()
        self._clock = clock

    def refine(self, trajectories: Iterable[Trajectory]) -> RefineReport:
        """Take the trajectories in and return what was decided; reads `READ_AHEAD` of them at a time.

        Raises:
            VersionConflict: another loop works on the same repository; call again.
        """
        state = self._repository.load_state()
        report = RefineReport(n=state.n)
        remaining = iter(trajectories)
        while came := list(islice(remaining, READ_AHEAD)):
            delivery = sorted_out(came, state.seen)
            state, decisions, extractions = self._taken_in(state, delivery)
            report = report.then(
                RefineReport(
                    n=state.n,
                    new=len(delivery.new),
                    known=delivery.known,
                    changed=len(delivery.changed),
                    waiting=len(delivery.waiting),
                    contradicted=delivery.contradicted,
                    extractions=extractions,
                    decisions=tuple(decisions),
                )
            )
        return replace(
            report,
            held=tuple(decision(each, each) for each in self._repository.all("candidate")),
            states=Counter(each.state for each in self._repository.all()),
        )

    def _taken_in(self, state: LoopState, delivery: Delivery) -> tuple[LoopState, list[Decision], int]:
        """Correct what ends otherwise now, then learn from what is new, a batch at a time; store the state after each.

        Returns the state, what was decided, and how many batches were contrasted.
        """
        decisions: list[Decision] = []
        extractions = 0
        if delivery.changed:
            self._correct(delivery.changed, state.n - state.pending)
            state = self._repository.save_state(_corrected(state, delivery.changed))
        new = iter(delivery.new)
        while batch := list(islice(new, max(1, self._config.batch_size - state.pending))):
            taken_in = _with(state, batch, self._config)
            if taken_in.pending >= self._config.batch_size:
                decisions += self._learn(taken_in)
                taken_in = replace(taken_in, pending=0)
                extractions += 1
            state = self._repository.save_state(taken_in)
        return state, decisions, extractions

    def _learn(self, state: LoopState) -> list[Decision]:
        config, repository = self._config, self._repository
        judging = {"replay", "preservation"} & set(config.gates)
        for_extraction, held_out = split(state.window, config.held_out_share if judging else 0.0)
        now = self._clock()
        found = [
            *contrast_patterns(for_extraction, config, now),
            *procedure_patterns(for_extraction, config, now),
            *sign_patterns(for_extraction, config, now),
            *(each for proposer in config.proposers for each in proposer.propose(for_extraction, config, now)),
        ]
        named = with_distinct_names(found, for_extraction)
        decisions = [self._found(pattern, state.n, now) for pattern in named]
        spending = Spending.after(repository.all(), config.false_discovery_rate)
        for pattern in sorted(self._standing(), key=lambda each: (-promise(each), each.id)):
            after = judged(pattern, held_out, config, state.n, spending.level)
            spending.saw(pattern, after)
            decisions.append(self._write(pattern, after, state.n, now))
        if _maintenance_is_due(state.n, config.batch_size):
            for decide in config.maintenance.when_due:
                decisions += self._maintained(decide, repository.all(), state.n, now)
        for decide in config.maintenance.after_batch:
            decisions += self._maintained(decide, self._standing(), state.n, now)
        return [each for each in decisions if each and each.was != each.now]

    def _maintained(self, decide: Decide, patterns: Iterable[Pattern], n: int, at: float) -> list[Decision | None]:
        known = {pattern.id: pattern for pattern in patterns}
        decisions = []
        for each in decide(list(known.values()), self._config, n):
            decisions.append(self._write(known[each.id], each, n, at))
            known[each.id] = each
        return decisions

    def _correct(self, outcomes: Mapping[str, bool], n: int) -> None:
        """Correct the evidence of every pattern that rests on these runs."""
        if not outcomes:
            return
        at = self._clock()
        for pattern in self._repository.all():
            corrected = with_outcomes(pattern, outcomes)
            if corrected != pattern:
                runs = [each.trajectory for each in pattern.evidence if each not in corrected.evidence]
                reason = f"outcome changed of {', '.join(runs)}"
                self._write(pattern, corrected, n, at, Verdict(OUTCOMES, "hold", reason, {"runs": len(runs)}))

    def _standing(self) -> list[Pattern]:
        return [*self._repository.all("active"), *self._repository.all("candidate")]

    def _found(self, found: Pattern, n: int, at: float) -> Decision | None:
        known = self._repository.get(found.id)
        if known is None:
            self._note(None, found, n, at)
            return decision(None, self._repository.put(found))
        return self._write(known, found_again(known, found, self._config, n), n, at)

    def _write(self, was: Pattern, now: Pattern, n: int, at: float, verdict: Verdict | None = None) -> Decision | None:
        """Note what was decided, then store it; what others have counted or withdrawn in the meantime is kept."""
        if now == was:
            return None

        def change(stored: Pattern) -> Pattern:
            if stored.withdrawals != was.withdrawals:
                return stored
            counters = {
                name: stored.counters[name].at_least(now.counters[name])
                if name in now.counters
                else stored.counters[name]
                for name in stored.counters
            }
            return replace(now, counters={**now.counters, **counters}, version=stored.version)

        self._note(was, now, n, at, verdict)
        update(self._repository, was.id, change)
        return decision(was, now)

    def _note(self, was: Pattern | None, now: Pattern, n: int, at: float, verdict: Verdict | None = None) -> None:
        verdict = verdict or decided(was, now)
        if verdict is not None:
            again = was is not None and verdict.gate == OUTCOMES
            write = was.version + 1 if was is not None and again else None
            self._repository.note([entry(was, now, verdict, n=n, at=at, write=write)])


def _with(state: LoopState, new: Sequence[Trajectory], config: RefineConfig) -> LoopState:
    """Return the state that remembers these as well."""
    seen = {**state.seen, **{each.id: each.success for each in new}}
    return replace(
        state,
        n=state.n + len(new),
        pending=state.pending + len(new),
        window=(*state.window, *map(trace_of, new))[-config.window :],
        seen=dict(islice(seen.items(), max(0, len(seen) - config.memory), None)),
    )


def _corrected(state: LoopState, outcomes: Mapping[str, bool]) -> LoopState:
    """Return the state with these outcomes, where they were known before."""
    window = tuple(replace(each, success=outcomes.get(each.id, each.success)) for each in state.window)
    return replace(state, window=window, seen={**state.seen, **outcomes})


def _maintenance_is_due(n: int, batch_size: int) -> bool:
    """Tell whether n is K, 2K, 4K, 8K … in whole batches of K."""
    batches = n // batch_size
    return batches & (batches - 1) == 0
