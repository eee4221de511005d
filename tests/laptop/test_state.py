from kintsugi.laptop.atomic import write_json
from kintsugi.laptop.processes import Identity
from kintsugi.laptop.state import PlatformState, ServiceState, changes, read_state, state_path

HEALTHY = ServiceState("scheduler", "healthy", Identity(12, 34.5), restarts=1, since=9.0)


def state(*services, phase="running"):
    return PlatformState(phase, 1.0, Identity(1, 2.0), "http://127.0.0.1:8080", services=services)


def test_what_was_written_is_what_is_read(settings):
    written = state(HEALTHY, ServiceState("embedder", optional=True))
    write_json(state_path(settings), written.to_dict())
    assert read_state(settings) == written


def test_no_file_and_a_damaged_file_are_no_state(settings):
    assert read_state(settings) is None
    for content in ("", "{", "[]", '{"phase": "running"}', '{"services": 1}'):
        state_path(settings).write_text(content)
        assert read_state(settings) is None


def test_the_platform_is_healthy_without_an_optional_service_that_was_given_up():
    assert state(HEALTHY, ServiceState("embedder", "failed", optional=True)).is_healthy


def test_it_is_usable_but_not_yet_healthy_while_an_optional_service_starts():
    starting = state(HEALTHY, ServiceState("embedder", "starting", optional=True))
    assert starting.is_usable
    assert not starting.is_healthy


def test_it_is_not_usable_while_a_service_restarts_or_the_tables_are_made():
    assert not state(HEALTHY, ServiceState("triggerer", "restarting")).is_usable
    assert not state(HEALTHY, phase="starting").is_usable


def test_only_services_that_the_platform_needs_count_as_given_up():
    given_up = ServiceState("api-server", "failed")
    assert state(given_up, ServiceState("embedder", "failed", optional=True)).given_up == (given_up,)


def test_only_what_changed_is_told():
    after = state(HEALTHY, ServiceState("triggerer", "restarting", detail="killed by SIGKILL"))
    assert changes(state(HEALTHY, ServiceState("triggerer", "healthy")), after) == [
        ("triggerer", "restarting", "killed by SIGKILL")
    ]
    assert changes(after, after) == []
