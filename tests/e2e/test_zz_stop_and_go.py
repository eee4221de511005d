"""Faults of the platform itself, a second start, and the end. Runs last: it stops what the others use."""

import os
import signal


def test_a_killed_service_comes_back_by_itself(running):
    def pid_of(name: str) -> int:
        (service,) = (each for each in running.json("status")["services"] if each["name"] == name)
        return service["process"]["pid"] if service["condition"] == "healthy" and service.get("process") else 0

    for name in ("dag-processor", "embedder", "triggerer", "scheduler", "api-server", "postgres"):
        before = pid_of(name)
        os.kill(before, signal.SIGKILL)

        def back(name: str = name, before: int = before) -> bool:
            try:
                return pid_of(name) not in (0, before)
            except AssertionError:
                return False  # `status` ends with 1 while a service is down

        running.eventually(back, f"the return of {name}", 90)


def test_a_second_run_resumes_skips_what_is_unchanged_and_says_so(running):
    generation = running.dump()["generation"]
    said = running.kintsugi("up", timeout=300)
    assert "runs already" in said
    assert "unchanged" in said
    report = running.json("report")
    assert report["generation"] == generation
    assert report["drill"]["healed"] is True
    runbooks = running.dump("--source", "runbooks")
    assert runbooks["entries"] > 100


def test_down_stops_everything_and_up_goes_on_where_it_was(running):
    import psutil

    before = running.dump("--source", "runbooks")
    services = [psutil.Process(each["process"]["pid"]) for each in running.json("status")["services"]]
    family = [*services, *(child for each in services for child in each.children(recursive=True))]
    assert len(family) > 6
    running.kintsugi("down")
    assert [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
    assert "does not run" in running.kintsugi("status", code=1)
    running.http = None
    running.json("up", timeout=300)
    assert running.dump("--source", "runbooks") == before
