"""What Airflow knows about a run that ended: the typed facts, and what its logs add."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

FAILED_STATES = ("failed", "up_for_retry", "upstream_failed")
_LOUD = ("warning", "error", "critical", "fatal")


@dataclass(frozen=True)
class TaskTry:
    """One try of one task instance.

    Attributes:
        map_index: −1 for a task that is not mapped.
        try_number: from 1; 0 for a task that never ran.
        start: seconds since the epoch; ``None`` when it never started.
        end: seconds since the epoch; ``None`` when it never ended.
        error: ``ExceptionClass: message`` where a log tells; else "".
    """

    task_id: str
    map_index: int
    try_number: int
    state: str
    operator: str
    start: float | None
    end: float | None
    error: str = ""

    @property
    def name(self) -> str:
        """The task's id, with its map index where it is mapped."""
        return f"{self.task_id}[{self.map_index}]" if self.map_index >= 0 else self.task_id

    @property
    def seconds(self) -> float | None:
        """How long it ran."""
        return None if self.start is None or self.end is None else round(self.end - self.start, 3)

    @property
    def failed(self) -> bool:
        """Whether this try failed, finally or not."""
        return self.state in FAILED_STATES


@dataclass(frozen=True)
class AirflowRun:
    """One DAG run that has ended, with every try of every task in the order in which they started."""

    dag_id: str
    run_id: str
    state: str
    start: float
    end: float
    tasks: tuple[TaskTry, ...]
    run_type: str = ""
    partition_key: str = ""

    @property
    def seconds(self) -> float:
        """How long it ran."""
        return round(self.end - self.start, 3)


@dataclass(frozen=True)
class LogExcerpt:
    """What is worth keeping of a log: the exception, what caused it, warnings and errors, and the last lines."""

    error: str = ""
    causes: tuple[str, ...] = ()
    loud: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()


def run_of(facts: Mapping[str, Any], tries: Iterable[Mapping[str, Any]]) -> AirflowRun:
    """Build the run from the API's DAG run and tries. What the API leaves out stays empty for the contract to judge."""
    end = seconds_of(facts.get("end_date")) or 0.0
    return AirflowRun(
        dag_id=str(facts.get("dag_id") or ""),
        run_id=str(facts.get("dag_run_id") or ""),
        state=str(facts.get("state") or ""),
        start=seconds_of(facts.get("start_date")) or end,
        end=end,
        tasks=tuple(sorted((_try_of(each) for each in tries), key=_order)),
        run_type=str(facts.get("run_type") or ""),
        partition_key=str(facts.get("partition_key") or ""),
    )


def excerpt_of(messages: Iterable[Mapping[str, Any]], *, lines: int = 20, width: int = 400) -> LogExcerpt:
    """Return what is worth keeping of a log's messages: of each kind at most ``lines`` of ``width`` characters.

    Airflow folds what it says for itself before and after a task into groups; of these only warnings and errors count.
    """
    exceptions: list[str] = []
    loud: dict[str, None] = {}
    tail: deque[str] = deque(maxlen=lines)
    folded = False
    for message in messages:
        text = " ".join(str(message.get("event", "")).split())[:width]
        if text.startswith("::"):
            folded = text.startswith("::group::")
            continue
        raised = _exceptions_of(message, width)
        exceptions = raised or exceptions
        level = str(message.get("level", "")).lower()
        if level in _LOUD and not raised and text and len(loud) < lines:
            loud[f"{level.upper()} {text}"] = None
        if text and not folded and not raised:
            tail.append(text)
    return LogExcerpt(exceptions[0] if exceptions else "", tuple(exceptions[1:lines]), tuple(loud), tuple(tail))


def seconds_of(stamp: Any) -> float | None:
    """Return an ISO 8601 stamp as seconds since the epoch, or ``None`` when it is none."""
    try:
        return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp() if stamp else None
    except (AttributeError, TypeError, ValueError):
        return None


def _try_of(facts: Mapping[str, Any]) -> TaskTry:
    return TaskTry(
        task_id=str(facts.get("task_id") or ""),
        map_index=int(facts.get("map_index", -1)),
        try_number=int(facts.get("try_number") or 0),
        state=str(facts.get("state") or "none"),
        operator=str(facts.get("operator_name") or facts.get("operator") or ""),
        start=seconds_of(facts.get("start_date")),
        end=seconds_of(facts.get("end_date")),
    )


def _order(each: TaskTry) -> tuple[float, str, int, int]:
    return (each.start if each.start is not None else float("inf"), each.task_id, each.map_index, each.try_number)


def _exceptions_of(message: Mapping[str, Any], width: int) -> list[str]:
    details = message.get("error_detail")
    found = [each for each in details if isinstance(each, Mapping)] if isinstance(details, list) else []
    return [
        f"{each.get('exc_type', 'Exception')}: {' '.join(str(each.get('exc_value', '')).split())}"[:width]
        for each in found
    ]
