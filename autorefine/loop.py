"""The loop: trajectories in, expertise with evidence out (arXiv 2601.22758, section 3)."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from autorefine.audit import LINEAGE, OUTCOMES, entry
from autorefine.config import RefineConfig
from autorefine.correcting import corrected, judging, waits
from autorefine.deciding import decided
from autorefine.delivery import Delivery, sorted_out
from autorefine.gates.contract import EvidenceStore
from autorefine.lifecycle import contracted, found_again, settled
from autorefine.maintenance import Decide
from autorefine.naming import with_distinct_names
from autorefine.pattern import STATES, Pattern
from autorefine.report import Decision, RefineReport, decision
from autorefine.repository import LearningRepository, LoopState, update
from autorefine.sitting import advice, cases_of, cases_of_proposers, drawn, is_due, sat
from autorefine.split import hashed_halves
from autorefine.taking_in import with_new, with_outcomes
from autorefine.trajectory import Trajectory
from autorefine.usage import counted_since
from autorefine.verdict import Verdict

READ_AHEAD = 200
"""So many trajectories are looked at together."""


class AutoRefine:
    """Extracts patterns from trajectories, judges them on others, and maintains the repository.

    Works through the trajectories in the order given, a batch of ``config.batch_size`` at a time: contrasts the window,
    keeps the caps, and at n = K, 2K, 4K, 8K … prunes and merges. Whenever there is a quarter more than before, the
    gates sit: what one half of the groups draws is judged on the other half, all together; see `sitting`. Every
    decision is in the repository's history. The state is stored after each batch, and all that is written before it
    would be written the same again, so the process may be killed anywhere and the call repeated. Trajectories that were
    taken in are passed over: the same ones twice change nothing, unless they end otherwise now; then all that rests on
    them is corrected, and judged anew at the end of the call. Held in memory are a window of traces and the patterns
    that are active or may become so; the retired ones stay in the repository.

    Args:
        repository: where patterns, outcomes and state are kept.
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
        repository: LearningRepository,
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
            ids = [each.id for each in came]
            delivery = sorted_out(came, {**self._repository.remembered(ids), **state.seen})
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
                )
            ).with_decisions(decisions)
        anew = [each for each in self._judged_anew(state) if each and each.was != each.now]
        return replace(
            report.with_decisions(anew),
            held=tuple(decision(each, each) for each in self._repository.all("candidate")),
            states={state: number for state in STATES if (number := self._repository.count(state))},
        )

    def _taken_in(self, state: LoopState, delivery: Delivery) -> tuple[LoopState, list[Decision], int]:
        """Correct what ends otherwise now, then learn from what is new, a batch at a time; store the state after each.

        Returns the state, what was decided, and how many batches were contrasted.
        """
        decisions: list[Decision | None] = []
        extractions = 0
        if delivery.outcomes:
            decisions += self._correct(delivery.changed, state.n - state.pending)
            state = self._stored(state, with_outcomes(state, delivery))
        new = iter(delivery.new)
        while batch := list(islice(new, max(1, self._config.batch_size - state.pending))):
            taken_in = with_new(state, batch, self._config)
            if taken_in.pending >= self._config.batch_size:
                decisions += self._learn(taken_in)
                studied = taken_in.n if is_due(taken_in.n, taken_in.studied, self._config) else taken_in.studied
                taken_in = replace(taken_in, pending=0, studied=studied)
                extractions += 1
            state = self._stored(state, taken_in)
        return state, [each for each in decisions if each and each.was != each.now], extractions

    def _stored(self, was: LoopState, now: LoopState) -> LoopState:
        """Remember what came with the last write, then store the state that holds what has come since.

        In this order nothing counts as taken in before the state says so, and nothing is forgotten.
        """
        self._repository.remember(was.seen)
        return self._repository.save_state(now)

    def _learn(self, state: LoopState) -> list[Decision | None]:
        config, now = self._config, self._clock()
        due = is_due(state.n, state.studied, config)
        if due and config.judges:
            decisions = self._sit(state, now)
        else:
            decisions = self._found((drawn if due else advice)(state.window, config, now), state, now)
            standing = self._standing()
            store = self._evidence_of(standing, state)
            for pattern in standing:
                after = settled(contracted(pattern, config, state.n, store), config)
                decisions.append(self._write(pattern, after, state.n, now))
        if _maintenance_is_due(state.n, config.batch_size):
            for decide in config.maintenance.when_due:
                decisions += self._maintained(decide, self._standing_at(state.n), state.n, now)
        for decide in config.maintenance.after_batch:
            decisions += self._maintained(decide, self._standing(), state.n, now)
        return decisions

    def _sit(self, state: LoopState, at: float) -> list[Decision | None]:
        """Let the gates judge all that either half of the window draws, and what waits for their word."""
        config, halves = self._config, hashed_halves(state.window)
        cases = [*cases_of_proposers(halves, config, at), *cases_of(halves, config, at)]
        decisions = self._found([case.pattern for case in cases], state, at)
        standing, decided = self._standing(), self._retired_at(state.n)
        store = self._evidence_of([*standing, *decided], state)
        ruled = {each.id: each for each in sat(standing, decided, cases, halves, config, state.n, store)}
        for pattern in sorted(standing, key=waits):  # as long as one waits, a sitting that was killed is held again
            decisions.append(self._write(pattern, ruled[pattern.id], state.n, at))
        return decisions

    def _judged_anew(self, state: LoopState) -> list[Decision | None]:
        """Let the gates sit again, on the outcomes of today, where they had decided about what was corrected since."""
        return self._sit(state, self._clock()) if any(map(waits, self._standing())) else []

    def _maintained(self, decide: Decide, patterns: Iterable[Pattern], n: int, at: float) -> list[Decision | None]:
        known = {pattern.id: pattern for pattern in patterns}
        decisions = []
        for each in decide(list(known.values()), self._config, n):
            decisions.append(self._write(known[each.id], each, n, at))
            known[each.id] = each
        return decisions

    def _correct(self, changed: Mapping[str, Trajectory], n: int) -> list[Decision | None]:
        """Correct every pattern that rests on these runs, and put it back before the gates."""
        if not changed:
            return []
        at, judged_by, decisions = self._clock(), judging(changed.values(), self._config), []
        for pattern in self._repository.all():
            now, reason = corrected(pattern, changed, judged_by)
            if now != pattern:
                verdict = Verdict(OUTCOMES, "hold", reason)
                decisions.append(self._write(pattern, now, n, at, verdict))
        return decisions

    def _standing(self) -> list[Pattern]:
        return [*self._repository.all("active"), *self._repository.all("candidate")]

    def _standing_at(self, n: int) -> list[Pattern]:
        """Return the patterns that stand, and those that an earlier try at the same ``n`` has decided about."""
        return [*self._standing(), *self._retired_at(n)]

    def _retired_at(self, n: int) -> list[Pattern]:
        """Return what an earlier try at the same ``n`` has decided about and does not stand any more."""
        decided = map(self._repository.get, sorted(self._repository.decided(n)))
        return [each for each in decided if each is not None and each.state == "retired" and not each.withdrawals]

    def _evidence_of(self, patterns: Iterable[Pattern], state: LoopState) -> EvidenceStore:
        """Ask once for all runs that the patterns rest on; those of the window, and the newest, are there."""
        at_hand = {trace.id for trace in state.window} | set(state.seen)
        asked = {item.trajectory for pattern in patterns for item in pattern.evidence} - at_hand
        return _Asked(frozenset(self._repository.missing(sorted(asked))))

    def _found(self, found: Sequence[Pattern], state: LoopState, at: float) -> list[Decision | None]:
        """Take in what was drawn, each once (the first one's words stand), with names that tell apart what is called
        the same.
        """
        distinct: dict[str, Pattern] = {}
        for each in found:
            known = distinct.get(each.id)
            distinct[each.id] = each if known is None else found_again(known, each, self._config, state.n)
        named = with_distinct_names(list(distinct.values()), state.window)
        return [self._taken(each, state.n, at) for each in named]

    def _taken(self, found: Pattern, n: int, at: float) -> Decision | None:
        known = self._repository.get(found.id)
        if known is None:
            self._note(None, found, n, at)
            return decision(None, self._repository.put(found))
        return self._write(known, found_again(known, found, self._config, n), n, at)

    def _write(self, was: Pattern, now: Pattern, n: int, at: float, verdict: Verdict | None = None) -> Decision | None:
        """Note what was decided, then store it, unless people have decided about the pattern in the meantime.

        What others have counted since is kept.
        """

        def overruled(stored: Pattern | None) -> bool:
            return stored is None or _withdrawn_by(stored) != _withdrawn_by(was)

        def change(stored: Pattern) -> Pattern:
            counters = counted_since(was.counters, now.counters, stored.counters)
            return stored if overruled(stored) else replace(now, counters=counters, version=stored.version)

        if now == was or overruled(self._repository.get(was.id)):
            return None
        noted = self._note(was, now, n, at, verdict)
        stored = update(self._repository, was.id, change)
        if not overruled(stored):
            return decision(was, now)
        if noted:  # before somebody decided, between the two
            undone = Verdict(LINEAGE, "hold", "the decision before did not take place: people were faster")
            self._note(now, replace(now, state=was.state), n, at, undone)
        return None

    def _note(self, was: Pattern | None, now: Pattern, n: int, at: float, verdict: Verdict | None = None) -> bool:
        verdict = verdict or decided(was, now)
        if verdict is not None:
            again = was is not None and (verdict.gate == OUTCOMES or waits(was))
            write = was.version + 1 if was is not None and again else None
            self._repository.note([entry(was, now, verdict, n=n, at=at, write=write)])
        return verdict is not None


def _withdrawn_by(pattern: Pattern) -> list[str]:
    return [each.origin for each in pattern.withdrawals]


@dataclass(frozen=True)
class _Asked:
    """What a store said of all evidence at once."""

    gone: frozenset[str]

    def missing(self, trajectories: Iterable[str]) -> list[str]:
        return [each for each in trajectories if each in self.gone]


def _maintenance_is_due(n: int, batch_size: int) -> bool:
    """Tell whether n is K, 2K, 4K, 8K … in whole batches of K."""
    batches = n // batch_size
    return batches & (batches - 1) == 0
