"""Learning from a stream in the order of its tasks: gates on or off, maintained our way or the paper's."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import log

import numpy as np

from autorefine.config import GATES, RefineConfig
from autorefine.counters import Counters
from autorefine.loop import AutoRefine
from autorefine.maintenance import Maintenance, bounded, paper
from autorefine.match import match
from autorefine.outlook import Outlook, fit
from autorefine.pattern import Pattern
from autorefine.repository import InMemoryRepository, update
from autorefine.trace import Trace, trace_of
from autorefine.trajectory import Trajectory
from kintsugi.bench.output import Row

MOMENT = 3
RESAMPLES = 2_000
SURE = 0.005


@dataclass
class Arm:
    """One way of learning, and how it fared."""

    gates: bool
    maintenance: Maintenance
    repository: InMemoryRepository = field(default_factory=InMemoryRepository)
    losses: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
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
    """Yield a row for each of the four ways.

    Before a run's outcome is told, its chance after three steps is predicted from the active patterns alone
    (prequential evaluation; Dawid, J R Stat Soc A 1984); then the patterns that it showed are counted, and it is learnt
    from. ``log_loss`` is the mean over the runs that go on then; ``gain`` is how much lower it is than with the paper's
    maintenance and the same gates, with a 95 % interval of a bootstrap over tasks.
    """
    ordered = in_task_order(trajectories)
    arms = [Arm(gates, maintenance) for gates in (True, False) for maintenance in (bounded(), paper())]
    judged = [each.task for each in ordered if len(each.steps) > MOMENT]
    for arm in arms:
        say(f"stream: {arm.name}")
        _run(arm, ordered, replace(config, gates=GATES if arm.gates else (), maintenance=arm.maintenance))
    for arm in arms:
        rival = next(each for each in arms if each.gates == arm.gates and each.maintenance.name == "paper")
        gain, low, high = _gain(np.array(rival.losses) - np.array(arm.losses), judged)
        ours = arm is not rival
        yield {
            "part": "stream",
            "gates": "on" if arm.gates else "off",
            "maintenance": arm.maintenance.name,
            "n": len(arm.losses),
            "log_loss": round(float(np.mean(arm.losses)), 4),
            "gain": round(gain, 4) if ours else None,
            "gain_low": round(low, 4) if ours else None,
            "gain_high": round(high, 4) if ours else None,
            "patterns_end": arm.sizes[-1] if arm.sizes else 0,
            "patterns_most": max(arm.sizes, default=0),
            "use_rate": round(arm.used / max(1, arm.retrieved), 4),
        }


def _run(arm: Arm, ordered: Sequence[Trajectory], config: RefineConfig) -> None:
    loop = AutoRefine(arm.repository, config, clock=lambda: 0.0)
    window: deque[Trace] = deque(maxlen=config.window)
    models: dict[str, Outlook] = {}
    active: list[Pattern] = []
    for trajectory in ordered:
        trace = trace_of(trajectory)
        if trace.length > MOMENT:
            if trace.stratum not in models:
                models[trace.stratum] = fit(active, list(window), trace.stratum, MOMENT)
            chance = float(np.clip(models[trace.stratum].chance([trace])[0], SURE, 1 - SURE))
            arm.losses.append(-log(chance if trace.success else 1 - chance))
        _count(arm, active, trace)
        window.append(trace)
        if loop.refine([trajectory]).extractions:
            active = list(arm.repository.all("active"))
            arm.sizes.append(len(active))
            models = {}


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
            arm.retrieved += 1
            arm.used += used
            update(arm.repository, pattern.id, lambda stored: _counted(stored, trace.stratum, used, right))  # noqa: B023


def _counted(stored: Pattern, stratum: str, used: bool, right: bool) -> Pattern:
    counts = stored.counters.get(stratum, Counters()).after(retrieved=True, used=used, succeeded=right)
    return replace(stored, counters={**stored.counters, stratum: counts})


def _gain(differences: np.ndarray, tasks: Sequence[str]) -> tuple[float, float, float]:
    names, of = np.unique(np.array(tasks), return_inverse=True)
    sums, counts = np.bincount(of, differences), np.bincount(of)
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(names), (RESAMPLES, len(names)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(differences.mean()), float(low), float(high)


def _natural(task: str) -> tuple[str, int, str]:
    head = task.rstrip("0123456789")
    number = task[len(head) :]
    return head, int(number) if number else -1, task
