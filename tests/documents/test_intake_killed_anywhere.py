"""Killed at fifty random points between a source and the served index, a run is completed by the next one."""

import shutil
import time
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from random import Random

import pytest

from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.settings import Settings, load_settings
from tests.builders import RUN, FakeClock
from tests.documents import killed_child
from tests.documents.changing import Truth, living, served, take_in, truth, write_files
from tests.healing.conftest import Killed
from tests.index.crashing import Counted, opened, require_whole

pytestmark = pytest.mark.usefixtures("remembered_verdicts")

SEED = 5
IN_PROCESS, AT_A_WRITE, AT_A_MOMENT = 42, 4, 4
"""Points at which a write raises what nothing catches; real processes that SIGKILL ends at a write, and whenever."""

PRELOADED = ("great_expectations", "pandas", "kintsugi.contracts.check", "kintsugi.index.publish")
"""What takes seconds to import: done once, by the process that the killed ones are forked from."""


@dataclass
class Prepared:
    """A platform with stage 1 published, and what stage 2, and each stage after it, come to when nobody dies."""

    settings: Settings
    var: Path
    root: Path
    truth: Truth
    served: str
    later: dict[int, tuple[Truth, str]]
    writes: int

    def copied(self, to: Path) -> Path:
        shutil.copytree(self.var, to)
        return to


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    home = tmp_path_factory.mktemp("killed")
    settings, root, var = load_settings({"KINTSUGI_HOME": str(home)}), home / "folder", home / "prepared"
    clock = FakeClock()
    _stage(opened(var, settings, clock), clock, root, 1, "first")
    shutil.copytree(var, home / "undisturbed")
    platform = opened(home / "undisturbed", settings, clock)
    counts = killed_child.DiesWithin(-1, Random(SEED), None)
    counted = platform.using(records=Counted(platform.records, counts), index=Counted(platform.index, counts))
    write_files(root, 2)
    take_in(counted, root, 2, "undisturbed")
    told, shown = truth(platform), served(platform)
    platform.close()
    clock.advance(1000)
    later = {}
    for stage in (3, 4):
        shutil.copytree(home / "undisturbed", home / f"later-{stage}")
        platform = opened(home / f"later-{stage}", settings, clock)
        write_files(root, stage)
        take_in(platform, root, stage, "later")
        later[stage] = (living(platform), served(platform))
        platform.close()
    return Prepared(settings, var, root, told, shown, later, counts.writes)


def _stage(platform: Platform, clock: FakeClock, root: Path, stage: int, run: str) -> None:
    write_files(root, stage)
    take_in(platform, root, stage, run)
    clock.advance(1000)
    platform.close()


def complete(platform: Platform, prepared: Prepared, rng: Random) -> None:
    """Let the next run, or another try of the one that died, do its work, and compare with what nobody disturbed.

    In half of the cases the sources have changed once more meanwhile, or are again what they were before.
    """
    stage = rng.choice((2, 2, 3, 4))
    write_files(prepared.root, stage)
    take_in(platform, prepared.root, stage, rng.choice(("killed", "next")))
    expected, shown = prepared.later.get(stage, (prepared.truth, prepared.served))
    told = truth(platform) if stage == 2 else living(platform)
    assert [each for each in told if each not in expected] == []
    assert [each for each in expected if each not in told] == []
    assert served(platform) == shown
    require_whole(platform)
    assert not list(platform.settings.staging_path.glob("*")), "nothing is left between the stages"
    assert publish(platform, RUN).written == 0


def points(prepared: Prepared) -> list[int]:
    return Random(SEED).choices(range(prepared.writes), k=IN_PROCESS)


@pytest.mark.parametrize("point", range(IN_PROCESS))
def test_a_run_that_dies_within_any_write_is_completed_by_the_next(point, prepared, tmp_path):
    rng = Random(SEED + point)
    clock = FakeClock(2_000_000.0)
    platform = opened(prepared.copied(tmp_path / "var"), prepared.settings, clock)
    write_files(prepared.root, 2)

    def die() -> None:
        raise Killed

    dies = killed_child.DiesWithin(points(prepared)[point], rng, die)
    with pytest.raises(Killed):
        take_in(
            platform.using(records=Counted(platform.records, dies), index=Counted(platform.index, dies)),
            prepared.root,
            2,
            "killed",
        )
    clock.advance(rng.choice((0, 1, 1000)))
    complete(platform, prepared, rng)
    platform.close()


@pytest.mark.parametrize("point", range(AT_A_WRITE))
def test_a_process_that_is_killed_for_good_at_a_write_is_completed_by_the_next(point, prepared, tmp_path):
    rng = Random(SEED * 100 + point)
    var = prepared.copied(tmp_path / "var")
    assert run_child(prepared, var, last=rng.randrange(prepared.writes), seed=point) == -9, "it did not come to the end"
    platform = opened(var, prepared.settings, time.time)
    complete(platform, prepared, rng)
    platform.close()


@pytest.mark.parametrize("point", range(AT_A_MOMENT))
def test_a_process_that_is_killed_for_good_at_any_moment_is_completed_by_the_next(point, prepared, tmp_path):
    rng = Random(SEED * 1000 + point)
    var = prepared.copied(tmp_path / "var")
    assert run_child(prepared, var, after=rng.uniform(0, 2.0)) in (-9, 0)
    platform = opened(var, prepared.settings, time.time)
    complete(platform, prepared, rng)
    platform.close()


def run_child(
    prepared: Prepared, var: Path, *, last: int = -1, seed: int = 0, after: float | None = None
) -> int | None:
    """Let a process take stage 2 in, kill it ``after`` seconds unless it kills itself, and return its exit code."""
    write_files(prepared.root, 2)
    context = get_context("forkserver")
    context.set_forkserver_preload([*PRELOADED, killed_child.__name__])
    ours, theirs = context.Pipe()
    home = str(prepared.settings.home)
    child = context.Process(target=killed_child.main, args=(theirs, home, str(var), str(prepared.root), last, seed))
    child.start()
    theirs.close()
    assert ours.recv() == "ready"
    child.join(after if after is not None else 60)
    child.kill()
    child.join()
    return child.exitcode
