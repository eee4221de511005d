"""All parts of `kintsugi bench refine`."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from autorefine.config import RefineConfig
from autorefine.trace import forget, trace_of
from autorefine.trajectory import Trajectory
from kintsugi.bench.output import Row
from kintsugi.bench.refine.advice import measure_advice
from kintsugi.bench.refine.failures import are_failures, measure_failures
from kintsugi.bench.refine.outcome import MIN_EACH, measurable, measure_outcome
from kintsugi.bench.refine.permuted import SEEDS, measure_permuted, measure_permuted_stream
from kintsugi.bench.refine.runs import GROUPINGS, read_runs, read_trajectories
from kintsugi.bench.refine.stream import in_task_order, measure_stream
from kintsugi.errors import ConfigurationError

PARTS = ("speed", "outcome", "advice", "stream", "permuted", "failures")


def measure(
    train: Sequence[Path],
    test: Sequence[Path] = (),
    *,
    group_by: str = "group",
    parts: Sequence[str] = PARTS,
    seeds: int = SEEDS,
    say: Callable[[str], None] = lambda said: None,
) -> Iterator[Row]:
    """Yield rows of each part that was asked for.

    *speed*: templating and counting on one core. *outcome*: after three steps, how will it end, within one agent
    version, on groups that were not learnt from. *advice*: what following next-step advice is worth. *stream*: learning
    as runs come, four ways. *permuted*: what is admitted when outcomes are shuffled, in a study and in the loop.
    *failures*: who is to blame, for files with a history and a mistake.

    Args:
        train: files in InterCode's JSON lines, or of failed runs with the agent and step that were to blame.
        test: files whose groups are not among those of ``train``; without any, each part of the groups is left out
            once.
        group_by: what may not be on both sides: ``group``, ``task`` or ``file``.
        parts: which parts.
        seeds: how many times outcomes are shuffled.
        say: is told what is being done.

    Raises:
        ConfigurationError: a file isn't in either format, or there is no such part or grouping.
    """
    _require("part", parts, PARTS)
    _require("grouping", [group_by], GROUPINGS)
    failures = [path for path in train if are_failures(path)]
    files = [path for path in train if path not in failures]
    config = RefineConfig()
    if files:
        if "speed" in parts:
            yield from _speed(files)
        known, unseen = read_runs(files, group_by), read_runs(test, group_by)
        if {"outcome", "stream"} & set(parts) and not measurable(unseen or known):
            say(f"outcome, stream: no agent version has {MIN_EACH} open runs that succeed and as many that fail")
        if "outcome" in parts:
            yield from measure_outcome(known, unseen, config, say)
        if "advice" in parts:
            yield from measure_advice(known, unseen, config, say)
        versions = set(measurable(known)) if {"stream", "permuted"} & set(parts) else set()
        stream = in_task_order(list(_of(versions, files))) if versions else []
        if "stream" in parts and stream:
            yield from measure_stream(stream, config, say)
        if "permuted" in parts:
            yield from measure_permuted(known, config, say, seeds)
            if len(stream) >= config.window // 4:
                yield from measure_permuted_stream(stream, config, say, seeds)
    if "failures" in parts:
        for path in failures:
            yield from measure_failures(path)


def _of(versions: Collection[str], files: Sequence[Path]) -> Iterator[Trajectory]:
    """Yield the runs of these agent versions."""
    for path in files:
        yield from (each for each in read_trajectories(path) if f"{each.agent}@{each.agent_version}" in versions)


def _speed(files: Sequence[Path]) -> Iterator[Row]:
    """Yield how many runs a second become traces whose signs and symbols are counted, reading of files left out."""
    trajectories = [each for path in files for each in read_trajectories(path)]
    forget()
    counted: Counter[str] = Counter()
    began, spent = time.perf_counter(), time.process_time()
    for trajectory in trajectories:
        trace = trace_of(trajectory)
        for symbols in (*trace.actions, *trace.outcomes, *trace.relations):
            counted.update(symbols)
    wall, cpu = time.perf_counter() - began, time.process_time() - spent
    yield {
        "part": "speed",
        "n": len(trajectories),
        "steps": sum(len(each.steps) for each in trajectories),
        "symbols": len(counted),
        "per_second": round(len(trajectories) / wall),
        "per_cpu_second": round(len(trajectories) / cpu),
    }


def _require(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    unknown = [each for each in given if each not in known]
    if unknown:
        raise ConfigurationError(
            f"benchmark: no {what} is called {unknown[0]!r}",
            expected="one of " + ", ".join(known),
            got=unknown[0],
            next_step="correct it",
        )
