"""A process that dies at any write of any step leaves what the next one completes, as if nothing had happened."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from kintsugi.index.dump import dump
from kintsugi.index.generations import serving
from kintsugi.index.publish import build, carry_out, plan, publish
from kintsugi.index.retention import drop, retain
from kintsugi.index.switch import promote, roll_back
from kintsugi.platform import Platform
from tests.builders import RUN
from tests.healing.conftest import Killed
from tests.index.corpus import bury, store
from tests.index.crashing import copied, dying_at, opened, require_whole, seed_few

Act = Callable[[Platform], object]


def publish_as_the_dag(platform: Platform) -> None:
    """Plan, and stop there when the plan says that there is nothing to do."""
    planned = plan(platform, RUN)
    if planned.batches:
        carry_out(platform, planned, RUN)


def serve_first(platform: Platform) -> None:
    seed_few(platform)
    platform.clock.advance(1000)
    publish(platform, RUN)
    platform.clock.advance(1000)


def change_some(platform: Platform) -> None:
    serve_first(platform)
    store(platform, "00.md", ["An edited passage of quite another kind."])
    bury(platform, "01.md")
    platform.clock.advance(1000)


def serve_two(platform: Platform) -> None:
    change_some(platform)
    build(platform, RUN)
    platform.clock.advance(1000)


def serve_three(platform: Platform) -> None:
    serve_two(platform)
    build(platform, RUN)
    platform.clock.advance(1000)


def older(platform: Platform) -> str:
    """The generation that was retired."""
    from kintsugi.records import Generation

    return next(each.id for each in platform.records.scan(Generation, {"state": "retired"}))


def drop_at_once(platform: Platform) -> None:
    limits = platform.settings.generations.model_copy(update={"keep_retired": 0, "retire_after": 0.0})
    settings = platform.settings.model_copy(update={"generations": limits})
    retain(Platform(settings, platform.clock).using(records=platform.records, index=platform.index))


@dataclass(frozen=True)
class Scenario:
    """What was there before, what dies, what a person or schedule does next, and with which embedding."""

    before: Act
    dies: Act
    next: Act = publish_as_the_dag
    model: str = "hash"


SCENARIOS = {
    "the first publish": Scenario(seed_few, lambda platform: publish(platform, RUN)),
    "a publish of changes": Scenario(change_some, lambda platform: publish(platform, RUN)),
    "another embedding": Scenario(change_some, lambda platform: publish(platform, RUN), model="other"),
    "a build": Scenario(change_some, lambda platform: build(platform, RUN)),
    "a build that is begun again": Scenario(
        change_some, lambda platform: build(platform, RUN), lambda platform: build(platform, RUN)
    ),
    "a rollback": Scenario(serve_two, roll_back),
    "a promotion by hand": Scenario(serve_three, lambda platform: promote(platform, older(platform))),
    "a drop": Scenario(serve_three, lambda platform: drop(platform, older(platform))),
    "retention": Scenario(serve_three, drop_at_once, drop_at_once),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_whoever_dies_at_any_write_leaves_what_the_next_one_completes(name, settings, clock, tmp_path):
    scenario = SCENARIOS[name]
    prepared = opened(tmp_path / "prepared", settings, clock)
    scenario.before(prepared)
    prepared.close()
    clock.advance(1)
    began = clock.now

    def run(number: int) -> tuple[str, bool]:
        """Die at that write and let the next one do its work; return the digest, and whether it came so far."""
        clock.now = began
        var = copied(tmp_path / "prepared", tmp_path / f"{number}")
        platform = opened(var, settings, clock, scenario.model)
        dying, dies = dying_at(platform, number)
        try:
            scenario.dies(dying)
        except Killed:
            clock.advance(1000)
            if serving(platform.records):
                assert serving(platform.records).dropped_at is None, dies.died_at
                assert serving(platform.records).id in platform.index.names(), dies.died_at
            scenario.next(platform)
        require_whole(platform)
        said = dump(platform).sha256
        assert publish(platform, RUN).written == 0
        platform.close()
        return said, bool(dies.died_at)

    undisturbed, died = run(10_000)
    assert not died
    number, outcomes = 0, set()
    while died or number == 0:
        said, died = run(number)
        outcomes.add(said)
        number += 1
    assert outcomes == {undisturbed}
    assert number > 3, "there were writes to die at"


@pytest.mark.parametrize("number", [2, 6, 9, 12])
def test_a_process_that_is_killed_for_good_while_it_builds_is_continued(number, settings, clock, tmp_path):
    """The same with a real process and SIGKILL: no handler, no flush, no closing of files."""
    var = tmp_path / "var"
    platform = opened(var, settings, clock)
    change_some(platform)
    publish(platform, RUN)
    expected = dump(platform).sha256
    platform.close()
    program = f"from tests.index.killed_child import main; main({str(settings.home)!r}, {str(var)!r}, {number})"
    child = subprocess.run([sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": os.getcwd()}, check=False)
    assert child.returncode == -9, "it was killed, and did not come to the end"
    clock.advance(2000)
    platform = opened(var, settings, clock)
    build(platform, RUN)
    require_whole(platform)
    assert dump(platform).sha256 == expected
    platform.close()
