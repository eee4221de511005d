"""The main job of a laptop, step by step, with its progress shown and its outcome kept for the report."""

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from kintsugi.airflow_rest import AirflowClient
from kintsugi.laptop import steps
from kintsugi.laptop.atomic import write_json
from kintsugi.observe.outcome import JobOutcome, load_outcome, outcome_path
from kintsugi.platform import Platform
from kintsugi.records import Vector
from kintsugi.sources.partitions import key_at

T = TypeVar("T")


def run_main_job(
    platform: Platform, airflow: AirflowClient, console: Console, *, begun: float, seconds_to_healthy: float = 0.0
) -> JobOutcome:
    """Take in, publish, answer, heal a small drill, take in what Airflow did meanwhile, learn.

    Every step waits for records to say that it is done; one that was done before says so and costs little.

    Args:
        platform: the wired platform.
        airflow: a client of its Airflow.
        console: where progress is shown.
        begun: when the command was started, seconds since the epoch; ``to_first_answer`` counts from then.
        seconds_to_healthy: how long the platform took to be healthy, for the report.

    Raises:
        TransientError: a run failed, or something did not happen in time; the message says where to look.
    """
    started = time.time()
    previous = load_outcome(platform)
    vectors_before = platform.records.count(Vector)
    drilled = previous.drill if previous else {}
    hour = key_at("hour", platform.clock())
    done = _Steps(console)
    done.seconds["healthy"] = seconds_to_healthy
    runbooks = done.step("ingest", "Taking in the runbooks", lambda: steps.ingest(platform, airflow, "runbooks", "all"))
    done.step("publish", "Publishing to the index", lambda: steps.publish(platform, airflow, started))
    answer = done.step("answer", "Asking a question", lambda: steps.ask(platform))
    done.seconds["to_first_answer"] = round(time.time() - begun, 1)
    drill = done.step("drill", "Drill: chunks vanish from the index", lambda: steps.drill(platform, drilled), healed)
    runs = done.step(
        "operation", "Taking in this hour's runs", lambda: steps.ingest(platform, airflow, "airflow", hour)
    )
    done.step("publish_operation", "Publishing those", lambda: steps.publish(platform, airflow, started))
    done.step("own_runs", "Taking in the runs of this job", lambda: steps.own_runs(platform, airflow, hour, started))
    done.step("learn", "Learning from runs and repairs", lambda: steps.learn(platform, airflow, started))
    outcome = JobOutcome(
        started_at=started,
        seconds=done.seconds,
        partitions={each.source: each.model_dump(mode="json") for each in (runbooks, runs)},
        embedded=platform.records.count(Vector) - vectors_before,
        drill=drill,
        answer=answer,
    )
    write_json(outcome_path(platform), asdict(outcome))
    return outcome


def healed(drill: dict[str, Any]) -> bool:
    """Tell whether a drill ended well."""
    return bool(drill.get("healed"))


class _Steps:
    """Shows each step while it works, and what came of it."""

    def __init__(self, console: Console) -> None:
        self.seconds: dict[str, float] = {}
        self._console = console

    def step(
        self, name: str, title: str, work: Callable[[], tuple[T, str]], good: Callable[[T], bool] = lambda _: True
    ) -> T:
        """Do a step that returns its result and what to say about it; ``good`` decides about the mark before it."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        begun = time.time()
        with Progress(
            *columns, console=self._console, transient=True, disable=not self._console.is_terminal
        ) as progress:
            progress.add_task(f"{title} …", total=None)
            result, said = work()
        self.seconds[name] = round(time.time() - begun, 1)
        mark = Text("✓ ", style="green") if good(result) else Text("✗ ", style="red")
        line = mark.append(f"{title}: {said}, {self.seconds[name]} s", style="default")
        self._console.print(line)
        return result
