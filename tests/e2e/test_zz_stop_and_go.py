"""Faults of the platform itself, a second start, and the end. Runs last: it stops what the others use."""

import os
import signal
import time


def test_a_killed_service_comes_back_by_itself(running):
    def pid_of(name: str) -> int:
        (service,) = (each for each in running.json("status")["services"] if each["name"] == name)
        return service["process"]["pid"] if service["condition"] == "healthy" and service.get("process") else 0

    for name in ("dag-processor", "embedder"):
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
    running.kintsugi("down")
    time.sleep(0.5)
    left = [
        each.pid
        for each in psutil.process_iter()
        if str(running.var) in " ".join(_environment(each, "KINTSUGI_VAR")) and each.pid != os.getpid()
    ]
    assert left == []
    assert "does not run" in running.kintsugi("status", code=1)
    running.http = None
    running.json("up", timeout=300)
    assert running.dump("--source", "runbooks") == before


def _environment(process, name: str) -> list[str]:
    import psutil

    try:
        return [process.environ().get(name, "")]
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return []
