"""What is admitted when there is nothing to find: outcomes shuffled among runs that may be compared."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from autorefine.config import RefineConfig
from autorefine.study import study
from autorefine.trace import Trace
from kintsugi.bench.output import Row
from kintsugi.bench.refine.runs import Run

SEEDS = 10


def measure_permuted(train: Sequence[Run], config: RefineConfig, say: Callable[[str], None]) -> Iterator[Row]:
    """Yield one row: patterns proposed and admitted with shuffled outcomes, and with the real ones.

    ``false_share`` is the mean over the shuffles of the share of admitted patterns that are false: with shuffled
    outcomes all are, so it is the share of shuffles in which any was admitted. That is the false discovery rate when
    nothing is true, and should not exceed ``rate``.
    """
    traces = [run.trace for run in train]
    real = study(traces, config)
    proposed, admitted = [], []
    for seed in range(SEEDS):
        say(f"permuted: {seed + 1} of {SEEDS}")
        found = study(shuffled(traces, seed), config)
        proposed.append(found.proposed)
        admitted.append(len(found.admitted))
    yield {
        "part": "permuted",
        "n": len(traces),
        "seeds": SEEDS,
        "proposed": sum(proposed),
        "admitted": sum(admitted),
        "most_admitted": max(admitted),
        "false_share": round(sum(count > 0 for count in admitted) / SEEDS, 4),
        "rate": config.false_discovery_rate,
        "real_proposed": real.proposed,
        "real_admitted": len(real.admitted),
    }


def shuffled(traces: Sequence[Trace], seed: int) -> list[Trace]:
    """Return the runs with the outcomes of each agent version shuffled among its runs."""
    rng = random.Random(seed)
    alike: dict[str, list[int]] = defaultdict(list)
    for index, trace in enumerate(traces):
        alike[trace.stratum].append(index)
    outcomes = [trace.success for trace in traces]
    for indices in alike.values():
        given = [outcomes[index] for index in indices]
        rng.shuffle(given)
        for index, success in zip(indices, given, strict=True):
            outcomes[index] = success
    return [replace(trace, success=success) for trace, success in zip(traces, outcomes, strict=True)]
