"""The loop: trajectories in, expertise with evidence out (arXiv 2601.22758, section 3)."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice

from autorefine.config import RefineConfig
from autorefine.extract.contrast import contrast_patterns
from autorefine.extract.procedure import procedure_patterns
from autorefine.lifecycle import capped, found_again, judged, pruned
from autorefine.merging import merged
from autorefine.pattern import Pattern
from autorefine.report import Decision, RefineReport, decision
from autorefine.repository import LoopState, PatternRepository, update
from autorefine.split import split
from autorefine.trace import trace_of
from autorefine.trajectory import Trajectory


class AutoRefine:
    """Extracts patterns from trajectories, judges them on others, and maintains the repository.

    Works through the trajectories in the order given, a batch of ``config.batch_size`` at a time: contrasts the window,
    lets the gates judge on the held-out groups, keeps the caps, and at n = K, 2K, 4K, 8K … prunes and merges. The state
    is stored after each batch, and all that is written before it would be written the same again, so the process may be
    killed anywhere and the call repeated. Trajectories that it remembers are passed over: the same ones twice change
    nothing.

    Args:
        repository: where patterns and state are kept.
        config: how to extract, admit and maintain.
        clock: tells when a pattern was made, in seconds since the epoch.

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
        """Take the trajectories in and return what was decided; reads them one batch at a time.

        Raises:
            VersionConflict: another loop works on the same repository; call again.
        """
        state = self._repository.load_state()
        start, handed_over, extractions = state.n, 0, 0
        decisions: list[Decision] = []
        remaining = iter(trajectories)
        while batch := list(islice(remaining, max(1, self._config.batch_size - state.pending))):
            handed_over += len(batch)
            taken_in = _taking_in(state, batch, self._config)
            if taken_in is state:
                continue
            if taken_in.pending >= self._config.batch_size:
                decisions += self._learn(taken_in)
                taken_in = replace(taken_in, pending=0)
                extractions += 1
            state = self._repository.save_state(taken_in)
        return RefineReport(
            n=state.n,
            new=state.n - start,
            known=handed_over - (state.n - start),
            extractions=extractions,
            decisions=tuple(decisions),
            held=tuple(decision(each, each) for each in self._repository.all("candidate")),
            states=Counter(each.state for each in self._repository.all()),
        )

    def _learn(self, state: LoopState) -> list[Decision]:
        config, repository = self._config, self._repository
        for_extraction, held_out = split(state.window, config.held_out_share)
        now = self._clock()
        found = contrast_patterns(for_extraction, config, now) + procedure_patterns(for_extraction, config, now)
        decisions = [self._found(pattern) for pattern in found]
        for pattern in self._standing():
            decisions.append(self._write(pattern, judged(pattern, held_out, config, state.n)))
        if _maintenance_is_due(state.n, config.batch_size):
            for decide in (pruned, merged):
                known = {pattern.id: pattern for pattern in repository.all()}
                decisions += [
                    self._write(known[each.id], each) for each in decide(list(known.values()), config, state.n)
                ]
        known = {pattern.id: pattern for pattern in self._standing()}
        decisions += [self._write(known[each.id], each) for each in capped(list(known.values()), config, state.n)]
        return [each for each in decisions if each and each.was != each.now]

    def _standing(self) -> list[Pattern]:
        return [*self._repository.all("active"), *self._repository.all("candidate")]

    def _found(self, found: Pattern) -> Decision | None:
        known = self._repository.get(found.id)
        if known is None:
            return decision(None, self._repository.put(found))
        return self._write(known, found_again(known, found, self._config))

    def _write(self, was: Pattern, now: Pattern) -> Decision | None:
        """Store what changed; counters that others have counted up in the meantime are kept."""
        if now == was:
            return None

        def change(stored: Pattern) -> Pattern:
            counters = {
                name: stored.counters[name].at_least(now.counters[name])
                if name in now.counters
                else stored.counters[name]
                for name in stored.counters
            }
            return replace(now, counters={**now.counters, **counters}, version=stored.version)

        update(self._repository, was.id, change)
        return decision(was, now)


def _taking_in(state: LoopState, batch: Iterable[Trajectory], config: RefineConfig) -> LoopState:
    """Return the state with what it does not remember yet, each once; the same object when nothing is new."""
    seen = set(state.seen)
    new = {each.id: each for each in batch if each.id not in seen}
    if not new:
        return state
    return replace(
        state,
        n=state.n + len(new),
        pending=state.pending + len(new),
        window=(*state.window, *(trace_of(each) for each in new.values()))[-config.window :],
        seen=(*state.seen, *new)[-config.memory :],
    )


def _maintenance_is_due(n: int, batch_size: int) -> bool:
    """Tell whether n is K, 2K, 4K, 8K … in whole batches of K."""
    batches = n // batch_size
    return batches & (batches - 1) == 0
