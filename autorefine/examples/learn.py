"""Learns from runs with a planted truth: after an unknown table, listing the tables helps.

    python learn.py [FOLDER]

With a folder, what was learned is written there as SKILL.md folders.
"""
# ruff: noqa: T201 - an example shows what it found

import random
import sys
from collections.abc import Iterator
from pathlib import Path

from autorefine import AutoRefine, InMemoryRepository, Step, Trajectory, write_skills


def runs(count: int, rng: random.Random) -> Iterator[Trajectory]:
    """Yield runs that ask for a table that is not there; some then look which tables there are."""
    for number in range(count):
        looks = rng.random() < 0.5
        succeeded = rng.random() < (0.9 if looks else 0.2)
        yield Trajectory(
            id=f"run-{number}",
            task="count the flights",
            group=f"database {number % 20}",
            agent="my-agent",
            agent_version="2",
            steps=(
                Step("SELECT COUNT(*) FROM flight", error="no such table: flight"),
                Step("SHOW TABLES" if looks else "SELECT 1", observation="flights, airports" if looks else "1"),
                Step("SELECT COUNT(*) FROM flights", observation="12"),
            ),
            success=succeeded,
            outcome_source="compared with the known answer",
        )


if __name__ == "__main__":
    repository = InMemoryRepository()
    AutoRefine(repository, clock=lambda: 0.0).refine(runs(400, random.Random(7)))
    active = list(repository.all("active"))
    for pattern in active:
        print(pattern.guideline)
    if len(sys.argv) > 1:
        for folder in write_skills(active, Path(sys.argv[1])):
            print(folder)
