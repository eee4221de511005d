"""Real processes under watch: tiny ones, started, killed, started again, and ended with all that they started."""

import os
import signal
import time

import psutil
import pytest

from kintsugi.laptop.health import Reading
from kintsugi.laptop.processes import Identity, identify, is_alive, terminate
from kintsugi.laptop.restarts import RestartPolicy
from kintsugi.laptop.services import EMBEDDER, LOGGED, services
from kintsugi.laptop.state import ServiceState
from kintsugi.laptop.watch import Watch
from kintsugi.settings import load_settings

SLEEP = "import time; time.sleep(60)"
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {child!r}, "kintsugi-test-child"])
print(child.pid, flush=True)
time.sleep(60)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


def until(condition, patience=10.0):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def printed(tmp_path, name="dummy"):
    log = tmp_path / f"{name}.log"
    return log.read_text().split() if log.exists() else []


def gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def parent(run_service, tmp_path):
    """A process with a child that is deaf to SIGTERM: its runner, its identity, and the child's pid."""
    runner = run_service(PARENT.format(child=DEAF))
    identity = runner.start()
    words = until(lambda: printed(tmp_path) if len(printed(tmp_path)) >= 2 else None)
    return runner, identity, int(next(word for word in words if word.isdigit()))


def test_a_dead_service_is_started_again_and_its_restart_is_counted(run_service):
    watch = Watch(run_service(SLEEP), ServiceState("dummy"), policy=RestartPolicy(first=0.0))
    watch.tick(0.0, needs_alive=True)
    first = watch.state.process
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: watch.runner.ended() is not None)
    watch.tick(1.0, needs_alive=True)
    assert (watch.state.condition, watch.state.detail) == ("restarting", "killed by SIGKILL")
    watch.tick(2.0, needs_alive=True)
    assert watch.state.condition == "starting"
    assert watch.state.restarts == 1
    assert watch.state.process != first
    assert is_alive(watch.state.process)


def test_a_service_that_always_dies_is_given_up_and_says_how_it_died(run_service):
    watch = Watch(run_service("raise SystemExit(3)"), ServiceState("dummy"), policy=RestartPolicy(first=0.0, limit=3))

    def given_up():
        watch.tick(1.0, needs_alive=True)
        return watch.state.condition == "failed"

    until(given_up)
    assert watch.state.detail == "ended with exit code 3; died 3 times within 300 s, given up"


def test_a_service_waits_for_what_it_needs(run_service):
    watch = Watch(run_service(SLEEP), ServiceState("dummy"), needs=("postgres",))
    watch.tick(0.0, needs_alive=False)
    assert watch.state.condition == "waiting"
    watch.tick(1.0, needs_alive=True)
    assert watch.state.condition == "starting"


def test_a_sign_of_life_from_before_the_start_is_not_taken_for_health(run_service):
    watch = Watch(run_service(SLEEP), ServiceState("dummy"))
    watch.tick(100.0, needs_alive=True)
    watch.note(101.0, Reading({"dummy": True}, {"dummy": 99.0}))
    assert watch.state.condition == "starting"
    watch.note(102.0, Reading({"dummy": True}, {"dummy": 101.5}))
    assert watch.state.condition == "healthy"
    watch.note(103.0, Reading({"dummy": False}, {"dummy": 101.5}))
    assert watch.state.condition == "unhealthy"


def test_stopping_a_service_ends_everything_that_it_started(parent):
    runner, identity, child = parent
    runner.stop(1.0)
    assert not is_alive(identity)
    assert gone(child)


def test_what_a_killed_service_leaves_behind_is_ended_before_it_starts_again(parent):
    runner, identity, child = parent
    os.kill(identity.pid, signal.SIGKILL)
    until(lambda: runner.ended() is not None)
    until(lambda: gone(child))


def test_a_process_that_ignores_the_request_to_end_is_killed_and_named(run_service, tmp_path):
    runner = run_service(DEAF)
    identity = runner.start()
    until(lambda: printed(tmp_path))
    assert terminate([identity], patience=0.3) == [identity]
    assert not is_alive(identity)


def test_a_stranger_who_got_the_pid_later_is_left_alone(run_service):
    stranger = run_service(SLEEP).start()
    before = Identity(stranger.pid, stranger.born - 1000)
    assert terminate([before], patience=0.1) == []
    assert identify(stranger.pid) is not None
    assert is_alive(stranger)


def test_every_service_has_a_log_that_can_be_asked_for(settings):
    assert {each.name for each in services(settings)} <= set(LOGGED)


def test_only_the_model_server_is_optional(settings):
    assert [each.name for each in services(settings) if each.optional] == [EMBEDDER]


def test_in_a_folder_too_deep_for_a_socket_there_is_no_model_server(settings):
    deep = load_settings({"KINTSUGI_HOME": str(settings.home), "KINTSUGI_VAR": str(settings.home / ("deep" * 30))})
    assert EMBEDDER not in [each.name for each in services(deep)]
