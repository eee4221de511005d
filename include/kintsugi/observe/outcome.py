"""What the last main job did, as `kintsugi report` and the page tell it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from kintsugi.platform import Platform


@dataclass(frozen=True)
class JobOutcome:
    """What one run of the main job did; kept in ``var/run/last_job.json`` for `kintsugi report`.

    Attributes:
        started_at: seconds since the epoch.
        seconds: how long each step took; ``to_first_answer`` counts from the start of the command.
        partitions: the records of the partitions that were taken in, by source.
        embedded: vectors that were made.
        drill: what was removed, and how it ended.
        answer: the answer to the main job's question.
    """

    started_at: float
    seconds: dict[str, float] = field(default_factory=dict)
    partitions: dict[str, dict[str, Any]] = field(default_factory=dict)
    embedded: int = 0
    drill: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)


def outcome_path(platform: Platform) -> Path:
    """Return where the outcome is kept."""
    return platform.settings.run_path / "last_job.json"


def load_outcome(platform: Platform) -> JobOutcome | None:
    """Return what the last main job did; ``None`` before the first, and when the file is damaged."""
    path = outcome_path(platform)
    try:
        return JobOutcome(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        structlog.get_logger().warning("last_job_unreadable", path=str(path), error=str(error))
        return None
