"""What is admitted when there is nothing to find: outcomes shuffled among tasks that may be compared."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import ceil

import numpy as np

from autorefine.config import RefineConfig
from autorefine.loop import AutoRefine
from autorefine.proportions import wilson
from autorefine.repository import InMemoryRepository
from autorefine.study import study
from autorefine.trace import Trace, trace_of
from autorefine.trajectory import Trajectory
from kintsugi.bench.output import Row
from kintsugi.bench.refine.runs import Run

SEEDS = 20
_SEEDS_A_STREAM = 5


def measure_permuted(
    train: Sequence[Run], config: RefineConfig, say: Callable[[str], None], seeds: int = SEEDS
) -> Iterator[Row]:
    """Yield a row for advice and one for signs: proposed and admitted with shuffled outcomes, and with the real ones.

    ``false_share`` is the mean over the shuffles of the share of admitted patterns that are false: with shuffled
    outcomes all are, so it is the share of shuffles in which any was admitted, with its 95 % interval (Wilson, J Am
    Stat Assoc 1927). That is the false discovery rate when nothing is true, and should not exceed ``rate``.
    """
    traces = [run.trace for run in train]
    real = _counted(traces, config)
    proposed: Counter[str] = Counter()
    admitted: dict[str, list[int]] = defaultdict(list)
    for seed in range(seeds):
        say(f"permuted: {seed + 1} of {seeds}")
        for kind, (drawn, passed) in _counted(shuffled(traces, seed), config).items():
            proposed[kind] += drawn
            admitted[kind].append(passed)
    for kind, rate in (("advice", config.false_discovery_rate), ("signs", config.false_sign_rate)):
        any_admitted = sum(count > 0 for count in admitted[kind])
        low, high = wilson(any_admitted, seeds)
        yield {
            "part": "permuted",
            "kind": kind,
            "n": len(traces),
            "seeds": seeds,
            "proposed": proposed[kind],
            "admitted": sum(admitted[kind]),
            "most_admitted": max(admitted[kind], default=0),
            "false_share": round(any_admitted / seeds, 4),
            "false_low": round(low, 4),
            "false_high": round(high, 4),
            "rate": rate,
            "real_proposed": real[kind][0],
            "real_admitted": real[kind][1],
        }


def measure_permuted_stream(
    ordered: Sequence[Trajectory], config: RefineConfig, say: Callable[[str], None], seeds: int = SEEDS
) -> Iterator[Row]:
    """Yield a row for advice and one for signs: what the loop itself holds active while outcomes are shuffled.

    A fifth as many streams as seeds. `AutoRefine` takes each in as they come, a quarter of a window at a time, and
    holds its sittings. ``false_share`` is the share of the sittings after which anything is active, all of which is
    false, with Wilson's 95 % interval as if the sittings of a stream were one; it should not exceed ``rate``.
    """
    config = replace(config, batch_size=max(config.batch_size, ceil(config.window / 4)))
    traces = [trace_of(each) for each in ordered]
    active: dict[str, list[list[int]]] = {"advice": [], "signs": []}
    streams = max(1, seeds // _SEEDS_A_STREAM)
    for seed in range(streams):
        say(f"permuted stream: {seed + 1} of {streams}")
        outcomes = [trace.success for trace in shuffled(traces, seed)]
        runs = [replace(each, success=success) for each, success in zip(ordered, outcomes, strict=True)]
        for kind, counts in _active_after_sittings(runs, config).items():
            active[kind].append(counts)
    for kind, rate in (("advice", config.false_discovery_rate), ("signs", config.false_sign_rate)):
        shares = np.array([np.mean([count > 0 for count in counts]) for counts in active[kind]])
        low, high = wilson(float(shares.sum()), streams)
        yield {
            "part": "permuted stream",
            "kind": kind,
            "n": len(ordered),
            "streams": streams,
            "sittings": sum(map(len, active[kind])),
            "most_active": max(map(max, active[kind]), default=0),
            "false_share": round(float(shares.mean()), 4),
            "false_low": round(low, 4),
            "false_high": round(high, 4),
            "rate": rate,
        }


def _active_after_sittings(runs: Sequence[Trajectory], config: RefineConfig) -> dict[str, list[int]]:
    repository = InMemoryRepository()
    loop = AutoRefine(repository, config, clock=lambda: 0.0)
    counts: dict[str, list[int]] = {"advice": [], "signs": []}
    for start in range(0, len(runs) - config.batch_size + 1, config.batch_size):
        loop.refine(runs[start : start + config.batch_size])
        active = list(repository.all("active"))
        signs = sum(each.kind == "sign" for each in active)
        counts["advice"].append(len(active) - signs)
        counts["signs"].append(signs)
    return counts


def shuffled(traces: Sequence[Trace], seed: int) -> list[Trace]:
    """Return the runs with the outcomes of whole tasks exchanged.

    What all agents made of one task moves together to another task that the same agent versions tried as often: so runs
    of one task stay as alike as they were, and only what was done no longer has to do with how it ended. Where no other
    task was tried like that, outcomes are shuffled among the runs of each agent version.
    """
    rng = random.Random(seed)
    tasks: dict[str, list[int]] = defaultdict(list)
    for index in sorted(range(len(traces)), key=lambda index: (traces[index].stratum, index)):
        tasks[traces[index].task or traces[index].id].append(index)
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for task, indices in tasks.items():
        alike[tuple(traces[index].stratum for index in indices)].append(task)
    outcomes = [trace.success for trace in traces]
    alone: dict[str, list[int]] = defaultdict(list)
    for names in alike.values():
        if len(names) == 1:
            for index in tasks[names[0]]:
                alone[traces[index].stratum].append(index)
            continue
        given = rng.sample(names, len(names))
        for name, other in zip(names, given, strict=True):
            for index, source in zip(tasks[name], tasks[other], strict=True):
                outcomes[index] = traces[source].success
    for indices in alone.values():
        given_here = rng.sample(indices, len(indices))
        for index, source in zip(indices, given_here, strict=True):
            outcomes[index] = traces[source].success
    return [replace(trace, success=success) for trace, success in zip(traces, outcomes, strict=True)]


def _counted(traces: Sequence[Trace], config: RefineConfig) -> dict[str, tuple[int, int]]:
    """Return how many were proposed and admitted, of advice and of signs."""
    found = study(traces, config)
    signs = [sum(each.kind == "sign" for each in part) for part in (found.admitted, found.refused)]
    rest = [len(found.admitted) - signs[0], len(found.refused) - signs[1]]
    return {"advice": (sum(rest), rest[0]), "signs": (sum(signs), signs[0])}
