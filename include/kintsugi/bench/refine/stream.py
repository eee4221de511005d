"""Learning from a stream in the order of its tasks: gates on or off, maintained our way or the paper's."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from math import log

import numpy as np

from autorefine.config import GATES, RefineConfig
from autorefine.counters import Counters
from autorefine.loop import AutoRefine
from autorefine.maintenance import Maintenance, bounded, paper
from autorefine.match import match
from autorefine.outlook import Outlook, features, fit, pooled
from autorefine.pattern import Pattern
from autorefine.repository import InMemoryRepository, update
from autorefine.scores import PRIOR_TASKS
from autorefine.trace import Trace, trace_of
from autorefine.trajectory import Trajectory
from kintsugi.bench.output import Row

MOMENT = 3
RESAMPLES = 2_000
SURE = 0.005


BY = ("counts", "counts of the version", "refitted")
"""Told from what the repository has counted for each pattern, as its maintenance sees it, or with the agent version
alone; or from the patterns' names, weighed anew."""

LEVEL = "level"
"""Told from how often the agent version has succeeded so far; no pattern is looked at."""


@dataclass
class Arm:
    """One way of learning, and how it fared."""

    gates: bool
    maintenance: Maintenance
    repository: InMemoryRepository = field(default_factory=InMemoryRepository)
    losses: dict[str, list[float]] = field(default_factory=lambda: {by: [] for by in (*BY, LEVEL)})
    sizes: list[int] = field(default_factory=list)
    signs: int = 0
    retrieved: int = 0
    used: int = 0

    @property
    def name(self) -> str:
        """Gates and maintenance in words."""
        return f"gates {'on' if self.gates else 'off'}, {self.maintenance.name}"


def in_task_order(trajectories: Sequence[Trajectory]) -> list[Trajectory]:
    """Return the runs as they would come: task by task, and of each task one agent after the other."""
    return sorted(trajectories, key=lambda each: (_natural(each.task), each.agent, each.agent_version, each.id))


def measure_stream(
    trajectories: Sequence[Trajectory], config: RefineConfig, say: Callable[[str], None]
) -> Iterator[Row]:
    """Yield three rows for each of the four ways, and one for what all have to beat.

    Before a run's outcome is told, its chance after three steps is predicted from the active patterns alone
    (prequential evaluation; Dawid, J R Stat Soc A 1984); then the patterns that it showed are counted, and it is learnt
    from. ``log_loss`` is the mean over the runs that go on then, ``by`` tells from what is predicted:

    - *counts*: what each repository has counted for the patterns that the run shows, as its maintenance sees it: the
      mean of their log odds, each rate drawn towards the agent version's by two runs. Without any the latter.
    - *counts of the version*: the same, the paper's way too asked for the agent version alone. So what it gains is the
      maintenance's, where *counts* asks also who is spoken of.
    - *refitted*: a regression on the window in which the active patterns are the variables; see `autorefine.outlook`.
      What a repository has counted plays no part in it, only which patterns it holds.

    - *level*: the agent version's own rate so far, without any pattern.

    ``gain`` is how much lower the loss is than with the paper's maintenance and the same gates, ``over_v1`` than with
    the paper's maintenance and no gates, ``over_level`` than by *level*; each with a 95 % interval of a bootstrap over
    tasks. ``use_rate`` is of advice; ``signs_end`` are signs among the patterns at the end.
    """
    ordered = in_task_order(trajectories)
    arms = [Arm(gates, maintenance) for gates in (True, False) for maintenance in (bounded(), paper())]
    judged = [each.task for each in ordered if len(each.steps) > MOMENT]
    for arm in arms:
        say(f"stream: {arm.name}")
        _run(arm, ordered, replace(config, gates=GATES if arm.gates else (), maintenance=arm.maintenance))
    first_version = next(each for each in arms if not each.gates and each.maintenance.name == "paper")
    for arm, by in ((arm, by) for by in BY for arm in arms):
        rival = next(each for each in arms if each.gates == arm.gates and each.maintenance.name == "paper")
        yield {
            "part": "stream",
            "by": by,
            "gates": "on" if arm.gates else "off",
            "maintenance": arm.maintenance.name,
            "n": len(arm.losses[by]),
            "log_loss": round(float(np.mean(arm.losses[by])), 4),
            **_gain("gain", rival.losses[by], arm.losses[by], judged),
            **_gain("over_v1", first_version.losses[by], arm.losses[by], judged),
            **_gain("over_level", arm.losses[LEVEL], arm.losses[by], judged),
            "patterns_end": arm.sizes[-1] if arm.sizes else 0,
            "patterns_most": max(arm.sizes, default=0),
            "signs_end": arm.signs,
            "use_rate": round(arm.used / max(1, arm.retrieved), 4),
        }
    level = first_version.losses[LEVEL]
    yield {"part": "stream", "by": LEVEL, "n": len(level), "log_loss": round(float(np.mean(level)), 4)}


def _run(arm: Arm, ordered: Sequence[Trajectory], config: RefineConfig) -> None:
    loop = AutoRefine(arm.repository, config, clock=lambda: 0.0)
    window: deque[Trace] = deque(maxlen=config.window)
    ended: Counter[tuple[str, bool]] = Counter()
    models: dict[str, Outlook] = {}
    active: list[str] = []
    for trajectory in ordered:
        trace = trace_of(trajectory)
        patterns = [pattern for id in active if (pattern := arm.repository.get(id)) is not None]
        if trace.length > MOMENT:
            if trace.stratum not in models:
                models[trace.stratum] = fit(patterns, list(window), trace.stratum, MOMENT)
            succeeded, failed = (ended[trace.stratum, success] + 1 for success in (True, False))
            level = succeeded / (succeeded + failed)
            told = {
                "counts": _told(patterns, trace, level, arm.maintenance.counts),
                "counts of the version": _told(patterns, trace, level, bounded().counts),
                "refitted": float(models[trace.stratum].chance([trace])[0]),
                LEVEL: level,
            }
            for by, chance in told.items():
                sure = float(np.clip(chance, SURE, 1 - SURE))
                arm.losses[by].append(-log(sure if trace.success else 1 - sure))
            ended[trace.stratum, trace.success] += 1
        _count(arm, patterns, trace)
        window.append(trace)
        if loop.refine([trajectory]).extractions:
            standing = list(arm.repository.all("active"))
            active, arm.signs = [each.id for each in standing], sum(each.kind == "sign" for each in standing)
            arm.sizes.append(len(active))
            models = {}


def _told(
    patterns: Sequence[Pattern], trace: Trace, level: float, counts_of: Callable[[Pattern, str], Counters]
) -> float:
    """Return the chance that the counts of the patterns tell; advice to avoid is left out, as its counts are of those
    who heeded it, which a run that shows it did not.
    """
    shown = features(patterns, [trace], MOMENT)[0]
    rates = []
    for pattern in compress(patterns, shown):
        counts = counts_of(pattern, trace.stratum)
        if pattern.kind != "sign" and pattern.avoid:
            continue
        succeeded = counts.used - counts.succeeded if pattern.avoid else counts.succeeded
        rates.append((succeeded + PRIOR_TASKS * level) / (counts.used + PRIOR_TASKS))
    return pooled(rates, level)


def _count(arm: Arm, active: Sequence[Pattern], trace: Trace) -> None:
    """Count for each active pattern whether its situation arose, whether the run heeded it, and whether it was right.

    A sign is heeded whenever it shows, and right when the run ends as it says.
    """
    for pattern in active:
        if pattern.kind == "sign":
            retrieved = used = any(pattern.signature[0] in signs for signs in trace.signs)
            right = trace.success != pattern.avoid
        else:
            found = match(trace, pattern.guard, pattern.signature)
            retrieved = found.eligible
            used = found.eligible and found.followed != pattern.avoid
            right = trace.success
        if retrieved:
            arm.retrieved += pattern.kind != "sign"
            arm.used += used and pattern.kind != "sign"
            update(arm.repository, pattern.id, lambda stored: _counted(stored, trace.stratum, used, right))  # noqa: B023


def _counted(stored: Pattern, stratum: str, used: bool, right: bool) -> Pattern:
    counts = stored.counters.get(stratum, Counters()).after(retrieved=True, used=used, succeeded=right)
    return replace(stored, counters={**stored.counters, stratum: counts})


def _gain(name: str, rival: Sequence[float], ours: Sequence[float], tasks: Sequence[str]) -> Row:
    if ours is rival:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    differences = np.array(rival) - np.array(ours)
    names, of = np.unique(np.array(tasks), return_inverse=True)
    sums, counts = np.bincount(of, differences), np.bincount(of)
    drawn = np.random.default_rng(0).integers(0, len(names), (RESAMPLES, len(names)))
    low, high = np.percentile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), [2.5, 97.5])
    return {
        name: round(float(differences.mean()), 4),
        f"{name}_low": round(float(low), 4),
        f"{name}_high": round(float(high), 4),
    }


def _natural(task: str) -> tuple[str, int, str]:
    head = task.rstrip("0123456789")
    number = task[len(head) :]
    return head, int(number) if number else -1, task
