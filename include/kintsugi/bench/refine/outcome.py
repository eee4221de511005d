"""Predicting after three steps how a run will end, on groups that had no part in learning."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from autorefine.config import RefineConfig
from autorefine.outlook import fit
from autorefine.study import study
from autorefine.trace import Trace
from kintsugi.bench.output import Row
from kintsugi.bench.refine.ranking import Floats, auroc, cluster_interval
from kintsugi.bench.refine.runs import Run

MOMENT = 3
MIN_EACH = 20
MOST_FOLDS = 12
_PRIOR = 2.0


@dataclass(frozen=True)
class Predicted:
    """Runs of one agent version and the chances that were given to them by each way of predicting."""

    runs: list[Run]
    chances: dict[str, list[float]]
    patterns: list[int]


def predict(
    train: Sequence[Run], test: Sequence[Run], strata: Sequence[str], config: RefineConfig, into: dict[str, Predicted]
) -> None:
    """Study the training runs, and add what is predicted for the test runs that are still open after three steps."""
    learnt = [run.trace for run in train if run.still_open(1)]
    admitted = study(learnt, config).admitted
    for stratum in strata:
        ours = [run for run in test if run.trace.stratum == stratum and run.still_open(MOMENT)]
        if not ours:
            continue
        known = into.setdefault(stratum, Predicted([], {"patterns": [], "last observation": []}, []))
        known.runs.extend(ours)
        known.patterns.append(len(admitted))
        model = fit(admitted, learnt, stratum, MOMENT)
        known.chances["patterns"].extend(model.chance([run.trace for run in ours]).tolist())
        known.chances["last observation"].extend(_by_last_observation(learnt, stratum, ours))


def rows(found: dict[str, Predicted]) -> Iterator[Row]:
    """Yield a row for each agent version and each way of predicting."""
    for predicted in found.values():
        success = np.array([run.trace.success for run in predicted.runs], dtype=np.float64)
        for way, chances in predicted.chances.items():
            area, low, high = _area(np.array(chances), success, predicted.runs)
            yield {
                "part": "outcome",
                "agent": predicted.runs[0].trace.agent,
                "version": predicted.runs[0].trace.agent_version,
                "by": way,
                "n": len(predicted.runs),
                "groups": len({run.trace.group for run in predicted.runs}),
                "success_rate": round(float(success.mean()), 4),
                "patterns": round(float(np.mean(predicted.patterns)), 1) if way == "patterns" else None,
                "auroc": area,
                "auroc_low": low,
                "auroc_high": high,
            }


def folds(runs: Sequence[Run]) -> list[set[str]]:
    """Return the groups in at most twelve parts of like size: each is left out once."""
    sizes = Counter(run.trace.group for run in runs)
    parts: list[set[str]] = [set() for _ in range(min(MOST_FOLDS, len(sizes)))]
    load = [0] * len(parts)
    for group in sorted(sizes, key=lambda group: (-sizes[group], group)):
        smallest = load.index(min(load))
        parts[smallest].add(group)
        load[smallest] += sizes[group]
    return parts


def measure_outcome(
    train: Sequence[Run], test: Sequence[Run], config: RefineConfig, say: Callable[[str], None]
) -> Iterator[Row]:
    """Yield the rows: on the test runs where there are any, else leaving each part of the groups out once."""
    found: dict[str, Predicted] = {}
    if test:
        unseen = _of_unseen_groups(train, test)
        predict(train, unseen, measurable(unseen), config, found)
    else:
        strata = measurable(train)
        parts = folds(train)
        for number, part in enumerate(parts, start=1):
            say(f"outcome: {number} of {len(parts)}, without {', '.join(sorted(part)[:3])}")
            predict(
                [run for run in train if run.trace.group not in part],
                [run for run in train if run.trace.group in part],
                strata,
                config,
                found,
            )
    yield from rows(found)


def measurable(runs: Sequence[Run]) -> list[str]:
    """Return the agent versions with at least 20 open runs that succeed and as many that fail."""
    ended = Counter((run.trace.stratum, run.trace.success) for run in runs if run.still_open(MOMENT))
    return sorted({name for name, _ in ended if min(ended[name, True], ended[name, False]) >= MIN_EACH})


def _of_unseen_groups(train: Sequence[Run], test: Sequence[Run]) -> list[Run]:
    known = {run.trace.group for run in train}
    return [run for run in test if run.trace.group not in known]


def _by_last_observation(learnt: Sequence[Trace], stratum: str, ours: Sequence[Run]) -> list[float]:
    """Return the smoothed success rate of earlier runs of this agent version whose third step came to the same."""
    going = [trace for trace in learnt if trace.stratum == stratum and trace.length > MOMENT]
    seen = Counter(trace.outcomes[MOMENT - 1][-1] for trace in going)
    succeeded = Counter(trace.outcomes[MOMENT - 1][-1] for trace in going if trace.success)
    level = (sum(trace.success for trace in going) + 1) / (len(going) + 2)
    last = [run.trace.outcomes[MOMENT - 1][-1] for run in ours]
    return [(succeeded[symbol] + _PRIOR * level) / (seen[symbol] + _PRIOR) for symbol in last]


def _area(chances: Floats, success: Floats, runs: Sequence[Run]) -> tuple[float, float, float]:
    low, high = cluster_interval(chances, success, [run.trace.group for run in runs])
    return round(auroc(chances, success), 4), round(low, 4), round(high, 4)
