"""Waiting for a supervisor and ending one; the supervisor is a few lines that hold its lock and write its state."""

import os
import sys
import time

import pytest

from kintsugi.errors import TransientError
from kintsugi.laptop.atomic import write_json
from kintsugi.laptop.folders import log_path, prepare_folders
from kintsugi.laptop.lifecycle import start, stop, wait_until_healthy
from kintsugi.laptop.lock import SupervisorLock, is_supervised
from kintsugi.laptop.processes import identify, is_alive, spawn
from kintsugi.laptop.state import PlatformState, ServiceState, read_state, state_path

SUPERVISOR = """
import os, signal, subprocess, sys, threading, time
from dataclasses import replace
from kintsugi.laptop.atomic import write_json
from kintsugi.laptop.lock import SupervisorLock
from kintsugi.laptop.processes import identify
from kintsugi.laptop.state import PlatformState, ServiceState, state_path
from kintsugi.settings import load_settings

settings = load_settings()
SupervisorLock(settings).acquire()
child = subprocess.Popen(
    [sys.executable, "-c", "import time; time.sleep(60)", "kintsugi-test"], start_new_session=True
)
services = (ServiceState("scheduler", "healthy", identify(child.pid)),)
state = PlatformState("running", time.time(), identify(os.getpid()), "http://127.0.0.1:1", services=services)
ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
write_json(state_path(settings), state.to_dict())
ended.wait(60)
child.kill()
child.wait()
"""


@pytest.fixture
def write(settings):
    """Return a function that writes a state as a living supervisor would; its lock is held."""
    prepare_folders(settings)
    lock = SupervisorLock(settings)
    lock.acquire()

    def write_state(*services, phase="running", detail=""):
        state = PlatformState(phase, time.time(), identify(os.getpid()), "http://h", detail, services)
        write_json(state_path(settings), state.to_dict())
        return lock

    yield write_state
    lock.release()


@pytest.fixture
def supervisor(settings):
    """A living supervisor with one service; returns it when it says that it runs."""
    prepare_folders(settings)
    environment = {**os.environ, "KINTSUGI_HOME": str(settings.home), "KINTSUGI_VAR": str(settings.var)}
    process = spawn((sys.executable, "-c", SUPERVISOR), environment, log_path(settings, "supervisor"), settings.home)
    deadline = time.monotonic() + 20
    while read_state(settings) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    yield process
    stop(settings)
    process.wait(10)


def wait(settings, **arguments):
    return wait_until_healthy(settings, None, lambda state: None, **arguments)


def test_a_healthy_platform_is_returned_at_once(settings, write):
    write(ServiceState("scheduler", "healthy"))
    assert wait(settings, patience=0).is_healthy


def test_each_new_state_is_shown_while_waiting(settings, write):
    write(ServiceState("scheduler", "starting"))
    shown = []

    def next_state(_):
        write(ServiceState("scheduler", "healthy"))

    wait_until_healthy(settings, None, lambda each: shown.append(each.services[0].condition), sleep=next_state)
    assert shown == ["starting", "healthy"]


def test_a_service_that_was_given_up_is_named_with_the_end_of_its_log_and_the_next_step(settings, write):
    log_path(settings, "triggerer").write_text("first line\nno module named lantern\n")
    write(ServiceState("triggerer", "failed", detail="ended with exit code 1"))
    with pytest.raises(TransientError) as raised:
        wait(settings)
    assert "triggerer" in raised.value.what
    assert "no module named lantern" in raised.value.got
    assert "kintsugi logs triggerer" in raised.value.next_step


def test_a_service_that_never_becomes_healthy_is_named_when_the_patience_ends(settings, write):
    write(ServiceState("scheduler", "healthy"), ServiceState("api-server", "starting"))
    with pytest.raises(TransientError, match="api-server"):
        wait(settings, patience=0)


def test_nobody_waits_longer_for_an_optional_service_than_the_patience(settings, write):
    write(ServiceState("scheduler", "healthy"), ServiceState("embedder", "starting", optional=True))
    assert wait(settings, patience=0).is_usable


def test_a_supervisor_that_ended_is_an_error_with_its_reason(settings, write):
    write(phase="failed", detail="postgres: no space left").release()
    with pytest.raises(TransientError, match="no space left"):
        wait(settings)


def test_a_living_supervisor_is_not_started_again(settings, supervisor):
    assert start(settings) is None


def test_stopping_ends_supervisor_and_services_and_leaves_no_state(settings, supervisor):
    state = read_state(settings)
    assert stop(settings) == ["scheduler", "supervisor"]
    assert not is_supervised(settings)
    assert not is_alive(state.supervisor)
    assert not is_alive(state.services[0].process)
    assert read_state(settings) is None


def test_services_whose_supervisor_was_killed_are_ended(settings, supervisor):
    state = read_state(settings)
    supervisor.kill()
    supervisor.wait(10)
    assert is_alive(state.services[0].process)
    assert stop(settings) == ["scheduler"]
    assert not is_alive(state.services[0].process)


def test_stopping_what_does_not_run_is_nothing_to_do(settings):
    assert stop(settings) == []
    assert stop(settings) == []
