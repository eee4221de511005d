"""Killed at any kind of step of publish, build, gate, flip, rollback and reconcile, on MongoDB's wire and OpenSearch.

Every single write is died at on the embedded engines, in `tests/index/test_killed_anywhere.py`.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from kintsugi.index.generations import serving
from kintsugi.index.publish import build, publish
from kintsugi.index.retention import drop, retain
from kintsugi.platform import Platform
from kintsugi.records import Generation, Lease
from tests.builders import RUN
from tests.engines.completed import holders, require_complete
from tests.engines.conftest import Opener
from tests.engines.dying import ACTS, dying, each_kind, killed, never, nth
from tests.engines.platforms import Real
from tests.healing.conftest import Killed
from tests.index.corpus import bury, store
from tests.index.crashing import seed_few
from tests.index.drifting import let_drift
from tests.index.drifting import run as reconcile_once

FEW = {"gate_fewest": 2, "gate_queries": 4, "keep_retired": 0, "retire_after": 0.0}


@pytest.fixture
def served(opened: Opener, real: Real) -> Platform:
    """Two generations, so that there is one to go back to."""
    platform = opened(real, **FEW)
    seed_few(platform, 10)
    publish(platform, RUN)
    build(platform, RUN)
    return platform


def change_some(platform: Platform, number: int) -> None:
    store(platform, "00.md", [f"The passage as the edit of number {number} has it."])
    store(platform, f"new-{number}.md", [f"What came with number {number}.", "It has another passage."])
    bury(platform, f"new-{number - 1}.md", missing_ok=True)


def begin(platform: Platform, number: int) -> None:
    """Give up what somebody began, and what no rollback needs: the next one has every step to make."""
    for each in platform.records.scan(Generation, {"state": "building"}):
        drop(platform, each.id)
    retain(platform)


def drift(platform: Platform, number: int) -> None:
    """Lose, spoil and add an entry; as before the first reconcile, nobody has held a lease."""
    platform.records.delete(Lease, [each.id for each in platform.records.scan(Lease)])
    let_drift(platform, 1, seed=number)


def reconciled(platform: Platform) -> None:
    assert reconcile_once(platform).equal
    assert reconcile_once(platform).writes == 0, "a second pass is a no-op"


@dataclass(frozen=True)
class Scenario:
    """What is there before, what dies, which steps it has to have, and what comes next."""

    before: Callable[[Platform, int], None]
    dies: str
    steps: frozenset[str]
    next: Callable[[Platform], object]


BUILD = frozenset({"insert Generation", "create", "write", "refresh", "replace Generation", "replace Pointer", "serve"})
SCENARIOS = {
    "a publish": Scenario(
        change_some, "publish", frozenset({"write", "refresh", "replace Generation"}), lambda each: publish(each, RUN)
    ),
    "a build": Scenario(begin, "build", BUILD, lambda each: build(each, RUN)),
    "a rollback": Scenario(
        begin,
        "rollback",
        frozenset({"replace Pointer", "replace Generation", "serve"}),
        lambda each: publish(each, RUN),
    ),
    "a reconcile": Scenario(drift, "reconcile", frozenset({"write", "delete", "put", "insert Lease"}), reconciled),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_whoever_dies_at_any_kind_of_step_leaves_what_the_next_one_completes(name: str, served: Platform) -> None:
    scenario = SCENARIOS[name]
    scenario.before(served, 0)
    undisturbed, steps = dying(served, never, killed)
    ACTS[scenario.dies](undisturbed)
    scenario.next(served)
    require_complete(served)
    died = set()  # the last write of a kind may be one that only the first time has
    for number, (step, which) in enumerate(each_kind(steps.names), 1):
        scenario.before(served, number)
        dies, _ = dying(served, nth(step, which), killed)
        try:
            ACTS[scenario.dies](dies)
        except Killed:
            died.add(step)
        where = f"{name} that died before {step}, number {which}"
        require_served(served, where)
        scenario.next(served)
        assert publish(served, RUN).written == 0, where
        require_complete(served)
    assert scenario.steps <= died


def require_served(platform: Platform, where: str) -> None:
    """Assert what holds even before anybody cleans up: readers have an index, and the alias is on one at most."""
    generation = serving(platform.records)
    assert generation is not None, where
    assert generation.dropped_at is None, where
    assert generation.id in platform.index.names(), where
    assert len(holders(platform)) <= 1, where


def test_the_very_first_publish_may_die_too(opened: Opener, real: Real) -> None:
    def begun(number: int) -> Platform:
        platform = opened(real.but(database=f"{real.database}_{number}", prefix=f"{real.prefix}x{number}"), **FEW)
        seed_few(platform, 2)
        return platform

    undisturbed, steps = dying(begun(0), never, killed)
    publish(undisturbed, RUN)
    for number, (step, which) in enumerate(each_kind(steps.names), 1):
        platform = begun(number)
        with pytest.raises(Killed):
            publish(dying(platform, nth(step, which), killed)[0], RUN)
        assert len(holders(platform)) <= 1
        publish(platform, RUN)
        require_complete(platform)
        platform.records.close()


POINTS = [
    ("build", "write", ""),
    ("build", "refresh", "write"),
    ("build", "replace Pointer", ""),
    ("build", "serve", "replace Pointer"),
    ("rollback", "replace Generation", "replace Pointer"),
    ("reconcile", "write", ""),
]
"""What a process does, the step that it doesn't come to any more, and one that it has made."""


@pytest.mark.parametrize(("act", "step", "after"), POINTS)
def test_a_process_that_is_killed_for_good_is_completed_too(
    act: str, step: str, after: str, served: Platform, real: Real, tmp_path: Path
) -> None:
    """A real process and SIGKILL: the servers see connections that end in the middle of something."""
    if act == "reconcile":
        drift(served, 0)
    arguments = [str(tmp_path / "child"), json.dumps(asdict(real)), json.dumps(FEW), act, step, after]
    program = "import sys; from tests.engines.killed_child import main; main(*sys.argv[1:])"
    child = subprocess.run(
        [sys.executable, "-c", program, *arguments], env=os.environ | {"PYTHONPATH": os.getcwd()}, check=False
    )
    assert child.returncode == -signal.SIGKILL, "it was killed, and did not come to the end"
    require_served(served, f"{act}, {step}")
    (reconciled if act == "reconcile" else ACTS["publish"])(served)
    require_complete(served)
    assert publish(served, RUN).written == 0
