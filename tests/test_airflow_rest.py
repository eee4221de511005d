"""The client against a server that answers like Airflow."""

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain

import pytest

from kintsugi.airflow_rest import AirflowClient, _lines
from kintsugi.errors import SourceUnavailable, TerminalError
from tests.airflow_stub import USER, AirflowStub, airflow_stub, dag_run, task_instance

HOUR = (datetime(2026, 11, 24, 19, tzinfo=UTC), datetime(2026, 11, 24, 20, tzinfo=UTC))


@pytest.fixture
def airflow() -> Iterator[AirflowStub]:
    with airflow_stub() as stub:
        yield stub


@pytest.fixture
def client(airflow: AirflowStub) -> Iterator[AirflowClient]:
    client = AirflowClient(airflow.base_url, **USER)
    yield client
    client.close()


def test_one_login_serves_many_requests(airflow, client):
    airflow.dags = [{"dag_id": "a"}]
    assert [each["dag_id"] for each in client.dags()] == ["a"]
    assert [each["dag_id"] for each in client.dags()] == ["a"]
    assert airflow.asked("auth/token") == 1


def test_an_expired_token_is_refreshed_once(airflow, client):
    list(client.dags())
    airflow.valid_token = 2
    assert list(client.dags()) == []
    assert airflow.asked("auth/token") == 2


def test_wrong_credentials_are_terminal_and_not_tried_again(airflow):
    client = AirflowClient(airflow.base_url, "admin", "wrong")
    with pytest.raises(TerminalError, match=r"401.*user 'admin'.*next: correct login"):
        list(client.dags())
    assert airflow.asked("auth/token") == 1


def test_missing_rights_are_terminal(airflow, client):
    list(client.dags())
    airflow.failures = [(403, {}), (403, {})]
    with pytest.raises(TerminalError, match="403"):
        client.pause("etl")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_an_outage_is_transient_and_keeps_the_wait_that_was_asked_for(airflow, client, status):
    airflow.failures = [(status, {"Retry-After": "7"})]
    with pytest.raises(SourceUnavailable) as caught:
        client.health()
    assert caught.value.retry_after == 7
    assert str(status) in str(caught.value)


def test_a_refused_connection_is_transient():
    client = AirflowClient("http://127.0.0.1:9", "admin", "secret", timeout=0.5)
    with pytest.raises(SourceUnavailable, match=r"got no answer.*next: is the platform up"):
        client.health()


def test_something_else_on_the_port_is_named(airflow, client):
    airflow.logs["etl", "r", "fetch", 1] = ["plain"]
    list(client.dags())
    with pytest.raises(SourceUnavailable, match="did not answer JSON"):
        client._json(client._send("GET", "/api/v2/dags/etl/dagRuns/r/taskInstances/fetch/logs/1"))


def test_runs_of_a_window_come_page_by_page(airflow, client):
    airflow.page = 3
    airflow.runs = [dag_run(run_id=f"r{n}") for n in range(8)]
    airflow.runs += [dag_run(run_id="later", end_date="2026-11-24T20:00:00Z"), dag_run(run_id="going", state="running")]
    assert [each["dag_run_id"] for each in client.dag_runs(*HOUR)] == [f"r{n}" for n in range(8)]
    assert airflow.asked("dagRuns") == 4


def test_a_run_that_does_not_exist_has_no_state(airflow, client):
    airflow.runs = [dag_run(run_id="r1", state="failed")]
    assert client.run_state("etl", "r1") == "failed"
    assert client.run_state("etl", "r2") is None


def test_starting_a_run_twice_is_starting_it_once(airflow, client):
    assert client.trigger("heal", "heal__1", conf={"incident": "i"}, partition_key="i") is True
    assert client.trigger("heal", "heal__1", conf={"incident": "i"}, partition_key="i") is False
    assert airflow.bodies[-1] == {
        "dag_run_id": "heal__1",
        "logical_date": None,
        "conf": {"incident": "i"},
        "partition_key": "i",
    }


def test_tries_come_in_order(airflow, client):
    airflow.tries["etl", "r1", "fetch"] = [task_instance(try_number=2), task_instance(try_number=1)]
    assert [each["try_number"] for each in client.tries("etl", "r1", "fetch")] == [1, 2]


def test_a_log_is_text_and_a_lost_log_is_empty(airflow, client):
    airflow.logs["etl", "r1", "fetch", 1] = [{"event": "hello", "level": "info"}, "not json", {"event": "bye"}]
    assert client.log("etl", "r1", "fetch", 1) == "info hello\nnot json\nbye"
    assert client.log("etl", "r1", "fetch", 2) == ""


def test_an_endless_log_is_cut(airflow, client):
    airflow.logs["etl", "r1", "fetch", 1] = [{"event": "x" * 100}] * 1000
    assert len(list(client.log_lines("etl", "r1", "fetch", 1, max_bytes=5000))) < 60


def test_a_line_without_end_is_not_held(client):
    pieces = (b"x" * 1_000_000 for _ in range(1000))
    tracemalloc.start()
    assert list(_lines(chain([b'{"event": 1}\r\n{"eve', b'nt": 2}\n'], pieces), 3_000_000)) == [
        '{"event": 1}',
        '{"event": 2}',
    ]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000
    assert next(pieces)


def test_the_last_line_of_a_log_may_lack_its_end():
    assert list(_lines([b"a\n\xc3", b"\xa9"], 4)) == ["a", "é"]


def test_a_line_of_endless_brackets_is_an_event(airflow, client):
    airflow.logs["etl", "r1", "fetch", 1] = ["[" * 100_000, {"event": "after"}]
    assert [each["event"][:5] for each in client.log_lines("etl", "r1", "fetch", 1)] == ["[[[[[", "after"]


def test_pausing_sends_what_airflow_expects(airflow, client):
    client.pause("etl")
    client.unpause("etl")
    assert airflow.bodies[-2:] == [{"is_paused": True}, {"is_paused": False}]
