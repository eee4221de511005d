"""Who is to blame for a failed run of several agents, and from which step on: beside three simple answers."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from autorefine.attribution import attribute
from autorefine.readers import BadLine, read_failures
from autorefine.readers.failures import Failure
from kintsugi.bench.output import Row
from kintsugi.bench.refine.runs import opened
from kintsugi.errors import ConfigurationError

SEEDS = 100
Answer = Callable[[Failure], tuple[str, int]]


def are_failures(path: Path) -> bool:
    """Tell whether the first run of a file has a history and a mistake, by its keys.

    Raises:
        ConfigurationError: the file can't be read.
    """
    with opened(path) as lines:
        first = next((line for line in lines if line.strip()), "{}")
    try:
        document = json.loads(first)
    except ValueError:
        return False
    return isinstance(document, dict) and {"history", "mistake_agent", "mistake_step"} <= document.keys()


def measure_failures(path: Path) -> Iterator[Row]:
    """Yield accuracy of agent and step for our attribution and for simple answers; *random* is a mean of 100 seeds.

    Names are compared without case.
    """
    with opened(path) as lines:
        failures = [each for each in read_failures(lines, _refusing(path)) if each.steps]
    ways: dict[str, Answer] = {
        "attribution": _attributed,
        "last speaker": lambda each: (each.speakers[-1], len(each.steps) - 1),
        "most frequent speaker": _most_frequent,
    }
    for way, answer in ways.items():
        yield _row(way, failures, [answer(each) for each in failures])
    rng = random.Random(0)
    drawn = [
        [(rng.choice(sorted(set(each.speakers))), rng.randrange(len(each.steps))) for each in failures]
        for _ in range(SEEDS)
    ]
    rows = [_row("random", failures, answers) for answers in drawn]
    yield rows[0] | {name: round(sum(float(row[name] or 0) for row in rows) / SEEDS, 4) for name in ("agent", "step")}


def _row(way: str, failures: list[Failure], answers: list[tuple[str, int]]) -> Row:
    pairs = list(zip(failures, answers, strict=True))
    return {
        "part": "failures",
        "by": way,
        "n": len(failures),
        "agent": round(sum(each.agent.lower() == agent.lower() for each, (agent, _) in pairs) / len(pairs), 4),
        "step": round(sum(each.step == step for each, (_, step) in pairs) / len(pairs), 4),
    }


def _attributed(failure: Failure) -> tuple[str, int]:
    found = attribute(failure.steps, failure.speakers)
    return found.agent, found.step


def _most_frequent(failure: Failure) -> tuple[str, int]:
    speaker = Counter(failure.speakers).most_common(1)[0][0]
    return speaker, failure.speakers.index(speaker)


def _refusing(path: Path) -> Callable[[BadLine], object]:
    def refuse(line: BadLine) -> None:
        raise ConfigurationError(
            f"benchmark data {path}, line {line.number}",
            expected="a failed run: history, mistake_agent, mistake_step",
            got=line.reason,
            next_step="correct the line",
        )

    return refuse
