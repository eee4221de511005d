"""Faults of the platform itself, a second start, and the end. Runs last: it stops what the others use."""

import os
import signal
from typing import Any

WAVES = (("dag-processor", "embedder", "triggerer"), ("scheduler", "api-server"), ("postgres",))
"""Services that are killed at once; those of the next wave when these are back."""


def status(running) -> list[dict[str, Any]]:
    """Return what `kintsugi status` tells of the services, once all of them are healthy: until then it ends with 1."""

    def told() -> list[dict[str, Any]] | None:
        try:
            return running.json("status")["services"]
        except AssertionError:
            return None

    return running.eventually(told, "that `status` calls the platform healthy", 90)


def test_a_killed_service_comes_back_by_itself(running):
    from kintsugi.laptop.state import read_state
    from kintsugi.settings import load_settings

    settings = load_settings({"KINTSUGI_HOME": running.environment["KINTSUGI_HOME"]}, var=running.var)

    def healthy(names: tuple[str, ...]) -> dict[str, int]:
        """Return the processes of these services; none as long as one of them is not healthy."""
        state = read_state(settings)
        told = [each for each in (state.services if state else ()) if each.name in names]
        pids = {each.name: each.process.pid for each in told if each.condition == "healthy" and each.process}
        return pids if len(pids) == len(names) else {}

    for names in WAVES:
        before = running.eventually(lambda names=names: healthy(names), f"that {', '.join(names)} are healthy", 90)
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)

        def back(names: tuple[str, ...] = names, before: dict[str, int] = before) -> bool:
            now = healthy(names)
            return bool(now) and not now.items() & before.items()

        running.eventually(back, f"the return of {', '.join(names)}", 90)

    assert {each["name"] for each in status(running)} >= {name for names in WAVES for name in names}


def test_down_stops_everything_and_up_goes_on_where_it_was_skips_what_is_unchanged_and_says_so(running):
    import psutil

    before, runbooks = running.dump(), running.dump("--source", "runbooks")
    services = [psutil.Process(each["process"]["pid"]) for each in status(running)]
    family = [*services, *(child for each in services for child in each.children(recursive=True))]
    assert len(family) > 6
    running.kintsugi("down")
    assert [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
    assert "does not run" in running.kintsugi("status", code=1)
    running.http = None
    said = running.kintsugi("up", timeout=300)
    assert "unchanged" in said
    report = running.json("report")
    assert report["generation"] == before["generation"]
    assert report["drill"]["healed"] is True
    assert running.dump("--source", "runbooks") == runbooks
    assert runbooks["entries"] > 100


def test_a_second_up_says_that_the_platform_runs_already_and_changes_nothing(running):
    runbooks, services = running.dump("--source", "runbooks"), status(running)
    assert "runs already" in running.kintsugi("up", "--no-job", timeout=300)
    assert [each["process"] for each in status(running)] == [each["process"] for each in services]
    assert running.dump("--source", "runbooks") == runbooks
