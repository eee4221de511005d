"""An Airflow's asset updates as documents."""

import pytest

from kintsugi.airflow_rest import AirflowClient
from kintsugi.documents.intake import ingest
from kintsugi.errors import SourceUnavailable, TerminalError
from kintsugi.records import Labels, Partition
from kintsugi.sources import airflow_assets
from kintsugi.sources.airflow_assets import AirflowAssets
from kintsugi.sources.port import ItemVanished
from tests.airflow_stub import USER, airflow_stub, asset_event
from tests.builders import RUN

HOUR = "2026-11-24T19"


@pytest.fixture
def airflow():
    with airflow_stub() as stub:
        stub.asset_events = [
            asset_event(1),
            asset_event(2, asset_id=8, name="raw", uri="s3://ada:secret@bucket/raw", group="", created_dagruns=[]),
            asset_event(
                3,
                timestamp="2026-11-24T19:20:00.5Z",
                source_map_index=4,
                partition_key="2026-11-24T18",
                extra={"b": "secret", "a": 1},
                created_dagruns=[{"dag_id": "refine", "run_id": "r2"}, {"dag_id": "publish", "run_id": "r1"}],
            ),
            asset_event(
                4,
                timestamp="2026-11-24T19:30:00Z",
                source_dag_id=None,
                source_task_id=None,
                source_run_id=None,
                extra=None,
                created_dagruns=[],
            ),
            asset_event(5, timestamp="2026-11-24T20:00:00Z"),
        ]
        yield stub


@pytest.fixture
def source(airflow):
    return AirflowAssets(AirflowClient(airflow.base_url, **USER), name="assets", labels=Labels())


def test_an_asset_s_updates_in_an_hour_are_one_document(source):
    _, item = source.items(HOUR)
    assert item.external_id == "assets/records <kintsugi://records>/2026-11-24T19"
    assert item.read().decode() == (
        "# Asset records, 2026-11-24T19\n\n"
        "Asset `records` (`kintsugi://records`, group `asset`) was updated 3 times in 2026-11-24T19 UTC.\n\n"
        "## Updates\n\n"
        "- 19:10:00 by `etl.load` in run `manual__1`; with `rows`; seen by `publish` run `asset__1`\n"
        "- 19:20:00 by `etl.load[4]` in run `manual__1`; partition `2026-11-24T18`; with `a`, `b`; "
        "seen by `publish` run `r1`, `refine` run `r2`\n"
        "- 19:30:00 from outside of any DAG\n"
    )


def test_no_login_and_no_value_stands_in_what_is_told(source):
    for item in source.items(HOUR):
        told = f"{item.external_id} {item.title} {item.metadata} {item.locator} {item.read().decode()}"
        assert "secret" not in told


def test_the_same_window_gives_the_same_documents_and_is_written_once(platform, airflow, source):
    assert ingest(platform, source, HOUR, RUN).written == 2
    for event in airflow.asset_events:
        event["created_dagruns"] = [run | {"state": "success"} for run in event["created_dagruns"]]
    again = ingest(platform, source, HOUR, RUN.model_copy(update={"run_id": "2"}))
    assert (again.written, again.deleted) == (0, 0)
    airflow.asset_events = [each for each in airflow.asset_events if each["asset_id"] == 7]
    third = ingest(platform, source, HOUR, RUN.model_copy(update={"run_id": "3"}))
    assert (third.written, third.deleted) == (0, 1)


def test_a_day_takes_in_all_its_hours(airflow):
    day = AirflowAssets(AirflowClient(airflow.base_url, **USER), name="assets", labels=Labels(), every="day")
    assert [b"updated 4 times" in item.read() for item in day.items("2026-11-24")] == [False, True]


def test_updates_come_page_by_page_and_very_many_are_counted(airflow, source, monkeypatch):
    monkeypatch.setattr(airflow_assets, "MOST_UPDATES", 5)
    airflow.page = 3
    airflow.asset_events = [asset_event(n, timestamp=f"2026-11-24T19:00:{n:02}Z") for n in range(20)]
    (item,) = source.items(HOUR)
    text = item.read().decode()
    assert "was updated 20 times" in text
    assert text.endswith("- … and 15 more\n")


def test_a_run_that_is_queued_still_makes_the_window_a_gap(platform, airflow, source):
    list(source.items(HOUR))
    airflow.failures = [(500, {})]
    with pytest.raises(SourceUnavailable, match="500"):
        ingest(platform, source, HOUR, RUN)
    partition = platform.records.get(Partition, Partition.key_of("assets", HOUR))
    assert (partition.state, partition.error_class) == ("failed", "SourceUnavailable")


def test_updates_that_went_meanwhile_have_vanished(airflow, source):
    item, *_ = source.items(HOUR)
    airflow.asset_events.clear()
    with pytest.raises(ItemVanished):
        item.read()


def test_an_asset_that_is_gone_is_known_by_its_number(airflow, source):
    airflow.asset_events = [asset_event(name=None, uri=None, group=None)]
    (item,) = source.items(HOUR)
    assert item.external_id == f"assets/number 7/{HOUR}"
    assert "Asset `number 7` was updated once" in item.read().decode()


def test_one_asset_is_found_for_a_replay(source):
    assert source.item(HOUR, f"assets/records <kintsugi://records>/{HOUR}") is not None
    assert source.item(HOUR, "assets/none") is None


def test_a_window_is_ready_when_it_is_over_and_another_key_is_refused(source):
    assert not source.partition_ready(HOUR, 1_000_000.0)
    with pytest.raises(TerminalError, match="like 2026-11-24T19"):
        list(source.items("all"))
