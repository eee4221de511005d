"""What is admitted when there is nothing to find: outcomes shuffled among tasks that may be compared."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from autorefine.config import RefineConfig
from autorefine.proportions import wilson
from autorefine.study import study
from autorefine.trace import Trace
from kintsugi.bench.output import Row
from kintsugi.bench.refine.runs import Run

SEEDS = 20


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
