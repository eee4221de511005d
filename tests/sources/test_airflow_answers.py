"""An Airflow that answers, but not what it was asked: an outage with clear words, and never a wrong listing."""

import json

import httpx
import pytest

from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import ConfigurationError, SourceUnavailable, TerminalError
from kintsugi.records import Labels
from kintsugi.sources.airflow import AirflowSource
from kintsugi.sources.airflow_assets import AirflowAssets
from kintsugi.sources.airflow_dags import AirflowDags
from kintsugi.sources.registry import open_source
from tests.airflow_stub import USER, airflow_stub, asset_event, dag_details, dag_run, task_instance

HOUR = "2026-11-24T19"


@pytest.fixture
def airflow():
    with airflow_stub() as stub:
        stub.runs = [dag_run(run_id=f"r{n}") for n in range(5)]
        stub.task_instances = {("etl", f"r{n}"): [task_instance()] for n in range(5)}
        stub.asset_events = [asset_event(n) for n in range(5)]
        stub.dags = [{"dag_id": f"dag{n}"} for n in range(5)]
        stub.details = {f"dag{n}": dag_details(f"dag{n}") for n in range(5)}
        yield stub


@pytest.fixture
def client(airflow):
    return AirflowClient(airflow.base_url, **USER)


def listing(client, what: str) -> list[str]:
    if what == "dags":
        source, partition = AirflowDags(client, name="x", labels=Labels()), "all"
    elif what == "assets":
        source, partition = AirflowAssets(client, name="x", labels=Labels()), HOUR
    else:
        source, partition = AirflowSource(client, name="x"), HOUR
    return [item.external_id for item in source.items(partition)]


PATHS = {"runs": "dagRuns", "assets": "assets/events", "dags": "/dags"}


@pytest.mark.parametrize("what", PATHS)
@pytest.mark.parametrize(
    "body",
    [
        {"detail": "Internal Server Error"},
        {"dag_runs": None, "asset_events": None, "dags": None, "total_entries": 5},
        {"dag_runs": ["x"], "asset_events": ["x"], "dags": ["x"], "total_entries": 1},
        {"dag_runs": [{}], "asset_events": [{}], "dags": [{}], "total_entries": 1},
        {"dag_runs": [], "asset_events": [], "dags": [], "total_entries": "5"},
        [{"an": "answer"}],
        [],
    ],
)
def test_an_answer_200_that_is_no_listing_is_an_outage(airflow, client, what, body):
    airflow.odd = [(PATHS[what], body)]
    with pytest.raises(SourceUnavailable, match=r"answered 200 and something else|did not answer JSON"):
        listing(client, what)


@pytest.mark.parametrize("what", PATHS)
def test_pages_that_repeat_are_an_outage_and_no_endless_loop(airflow, client, what):
    airflow.page = 2
    first = {
        "dag_runs": airflow.runs[:2],
        "asset_events": airflow.asset_events[:2],
        "dags": airflow.dags[:2],
        "total_entries": 5,
    }
    airflow.odd = [(PATHS[what], first), (PATHS[what], first)]
    if what == "runs":
        airflow.task_instances = {}
        airflow.odd.insert(1, ("taskInstances", {"task_instances": [], "total_entries": 0}))
        airflow.odd.insert(2, ("taskInstances", {"task_instances": [], "total_entries": 0}))
    with pytest.raises(SourceUnavailable, match=r"pages of .* don't belong together.*the page before once more"):
        listing(client, what)


def test_an_entry_that_goes_while_another_comes_is_noticed_though_the_total_stays(airflow, client):
    airflow.page = 2
    dags = client.dags()
    assert next(dags)["dag_id"] == "dag0"
    airflow.dags = [*airflow.dags[1:], {"dag_id": "dag5"}]
    with pytest.raises(SourceUnavailable, match=r"pages of .* don't belong together.*expected entry 2 where it was"):
        list(dags)


def test_an_entry_that_only_changes_between_pages_is_the_same(airflow, client):
    airflow.page = 2
    dags = client.dags()
    next(dags)
    airflow.dags = [{**each, "is_paused": True} for each in airflow.dags]
    assert [each["dag_id"] for each in dags] == ["dag1", "dag2", "dag3", "dag4"]


@pytest.mark.parametrize(
    ("said", "words"), [(7, "they change meanwhile"), (3, "they change meanwhile")], ids=["more", "less"]
)
def test_a_total_that_changes_between_pages_is_an_outage(airflow, client, said, words):
    airflow.page = 2
    airflow.odd = [("/dags", {"dags": airflow.dags[:2], "total_entries": said})]
    with pytest.raises(SourceUnavailable, match=words):
        listing(client, "dags")


@pytest.mark.parametrize(("dags", "said"), [(2, 1), (1, 0), (0, 1)])
def test_a_total_that_is_a_lie_is_an_outage(airflow, client, dags, said):
    airflow.odd = [("/dags", {"dags": airflow.dags[:dags], "total_entries": said})]
    with pytest.raises(SourceUnavailable, match="don't belong together"):
        listing(client, "dags")


def test_import_errors_that_are_counted_once_for_each_dag_of_their_file_come_once_each(airflow, client):
    errors = [{"import_error_id": n, "filename": f"{n}.py"} for n in range(3)]
    airflow.odd = [
        ("importErrors", {"import_errors": errors[:2], "total_entries": 4}),
        ("importErrors", {"import_errors": errors[1:], "total_entries": 4}),
    ]
    assert [each["filename"] for each in client.import_errors()] == ["0.py", "1.py", "2.py"]
    assert list(client.import_errors()) == []


@pytest.mark.parametrize("version", ["2.11.0", None, "unknown"])
@pytest.mark.parametrize("what", PATHS)
def test_an_older_airflow_is_a_matter_of_configuration_and_gets_no_password(airflow, client, version, what):
    airflow.version = version
    with pytest.raises(ConfigurationError, match=r"expected Airflow 3 or later; got .*next: correct the address"):
        listing(client, what)
    assert airflow.asked("auth/token") == 0


@pytest.mark.parametrize("version", ["3.0.0", "3.4.0.dev0", "10.1"])
def test_later_airflows_are_taken_and_asked_once(airflow, client, version):
    airflow.version = version
    listing(client, "runs")
    listing(client, "runs")
    assert airflow.asked("/version") == 1


def test_a_token_that_expires_in_the_middle_is_fetched_once_more(airflow, client):
    items = AirflowDags(client, name="x", labels=Labels()).items("all")
    next(items).read()
    airflow.valid_token = 2
    assert b"# DAG dag1" in next(items).read()
    assert airflow.asked("auth/token") == 2


def test_a_login_that_no_longer_counts_is_terminal_after_one_more_try(airflow, client):
    items = AirflowDags(client, name="x", labels=Labels()).items("all")
    item = next(items)
    airflow.failures = [(401, {}), (401, {})]
    with pytest.raises(TerminalError, match="401"):
        item.read()
    assert airflow.asked("auth/token") == 2


def test_a_login_that_is_answered_without_a_token_is_an_outage(airflow, client):
    airflow.odd = [("auth/token", {"detail": "try later"})]
    with pytest.raises(SourceUnavailable, match=r"access_token.*try later"):
        listing(client, "runs")


def test_neither_addresses_nor_refusals_show_a_password(airflow):
    client = AirflowClient(airflow.base_url.replace("://", "://ada:hidden@"), "ada", 'hid"den')
    airflow.failures = [(422, {})]
    with pytest.raises(TerminalError, match="answered 422") as caught:
        list(client.dags())
    assert "ada" in str(caught.value)
    assert "hid" not in str(caught.value) + client.base_url


@pytest.mark.parametrize("escaped", [True, False, None])
def test_a_refusal_shows_no_password_however_it_is_quoted(airflow, client, escaped):
    secret = 'gehe\\im"ö'
    client._credentials["password"] = secret
    quoted = secret if escaped is None else json.dumps(secret, ensure_ascii=escaped)
    shown = client._shown(httpx.Response(400, content=f"no login with {quoted}.".encode()), 200)
    assert shown.replace('"', "") == "no login with ***."


ENTRY = """
sources:
  other: {{kind: airflow, partition: {partition}, connection: {connection}, options: {{what: {what}}}}}
"""


def write_entry(platform, **fields: str) -> None:
    path = platform.settings.home / "include" / "sources.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(ENTRY.format(**({"connection": "other", "partition": "hour", "what": "runs"} | fields)))


@pytest.mark.parametrize(("what", "partition", "kind"), [
    ("runs", "hour", AirflowSource), ("assets", "hour", AirflowAssets), ("assets", "day", AirflowAssets),
    ("dags", "all", AirflowDags),
])  # fmt: skip
def test_an_entry_says_what_is_told_and_its_connection_of_which_airflow(
    platform, airflow, monkeypatch, what, partition, kind
):
    write_entry(platform, what=what, partition=partition)
    address = airflow.base_url.removeprefix("http://")
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", f"http://{USER['username']}:{USER['password']}@{address}")
    source = open_source(platform, "other")
    assert isinstance(source, kind)
    source.check()
    key = {"hour": HOUR, "day": HOUR[:10], "all": "all"}[partition]
    assert len(list(source.items(key))) == {"runs": 5, "assets": 1, "dags": 5}[what]


@pytest.mark.parametrize(("what", "partition"), [("runs", "all"), ("runs", "day"), ("dags", "hour"), ("assets", "all")])
def test_a_partition_that_does_not_fit_is_named(platform, airflow, what, partition):
    write_entry(platform, what=what, partition=partition, connection="kintsugi_airflow")
    with pytest.raises(ConfigurationError, match=f"line 3: source other, partition; expected .*; got {partition}"):
        open_source(platform, "other")


def test_another_airflow_without_credentials_is_never_this_one(platform, client):
    write_entry(platform)
    with pytest.raises(ConfigurationError, match="no connection other"):
        open_source(platform, "other", airflow=client)
