"""An Airflow's DAGs and import errors as documents."""

from typing import Any

import pytest

from kintsugi.airflow_rest import AirflowClient
from kintsugi.documents.formats.markdown import parse_markdown
from kintsugi.documents.intake import ingest
from kintsugi.errors import SourceUnavailable, TerminalError
from kintsugi.records import Document, Labels
from kintsugi.sources.airflow_dag_account import dag_account, import_error_account
from kintsugi.sources.airflow_dags import AirflowDags
from kintsugi.sources.port import ItemVanished
from tests.airflow_stub import USER, airflow_stub, dag_details, dag_task
from tests.builders import RUN


def import_error(**changes: Any) -> dict[str, Any]:
    return {
        "import_error_id": 1,
        "timestamp": "2026-11-24T19:00:00Z",
        "filename": "broken.py",
        "bundle_name": "dags-folder",
        "stack_trace": "Traceback:\n  File broken.py\nNameError: name 'x' is not defined\n",
        **changes,
    }


@pytest.fixture
def airflow():
    with airflow_stub() as stub:
        stub.dags = [{"dag_id": "etl"}, {"dag_id": "report"}]
        stub.details = {"etl": dag_details(), "report": dag_details("report", doc_md=None)}
        stub.tasks["etl"] = [
            dag_task("load", doc_md="Idempotent.", is_mapped=True, trigger_rule="all_done"),
            dag_task(downstream_task_ids=["load"]),
        ]
        stub.import_errors = [import_error()]
        yield stub


@pytest.fixture
def source(airflow):
    return AirflowDags(AirflowClient(airflow.base_url, **USER), name="dags", labels=Labels())


def test_a_dag_is_a_document_of_its_purpose_schedule_owners_and_tasks(source):
    item = next(source.items("all"))
    assert (item.external_id, item.title) == ("dags/etl", "DAG etl")
    assert item.read().decode() == (
        "# DAG etl\n\nLoads the orders.\n\n"
        "- Schedule: `0 * * * *` (Every hour)\n- Owners: ada, data\n- Tags: daily, orders\n"
        "- File: `etl.py` of bundle `dags-folder`\n- Runs at the same time: at most 1\n"
        "- Catches up on missed intervals: no\n- Parameters: `since`\n\n"
        "## Orders\n\nWhy it exists.\n\n```\n# a comment\n```\n\n"
        "## Tasks\n\n"
        "- `fetch` (@task), 2 retries, then `load`\n"
        "- `load` (@task), mapped, 2 retries, trigger rule `all_done`\n\n"
        "### Task load\n\nIdempotent.\n"
    )


def test_what_changes_without_the_dag_changing_is_left_out_and_so_are_values_that_may_be_secret(airflow, source):
    before = [item.read() for item in source.items("all")]
    airflow.details["etl"] |= {"last_parsed_time": "2026-11-25T00:00:00Z", "next_dagrun_run_after": None}
    airflow.import_errors = [import_error(import_error_id=9, timestamp="2026-11-25T00:00:00Z")]
    assert [item.read() for item in source.items("all")] == before
    assert b"secret" not in b"".join(before)


def test_a_dag_on_assets_names_them_and_one_without_schedule_says_so():
    expression = {"all": [{"asset": {"name": "b", "uri": "s3://b"}}, {"any": [{"alias": {"name": "a"}}]}]}
    assert "- Waits for the assets `a`, `b`" in dag_account(dag_details(asset_expression=expression), [])
    assert "- Schedule: none" in dag_account(dag_details(timetable_summary=None, is_paused=True), [])
    assert "- It is paused" in dag_account(dag_details(is_paused=True), [])


def test_an_import_error_is_a_document_with_the_end_of_its_trace(source):
    item = list(source.items("all"))[-1]
    assert (item.external_id, item.title) == ("import-errors/dags-folder/broken.py", "Import error in broken.py")
    text = item.read().decode()
    assert "Airflow can't import `broken.py` of bundle `dags-folder`: `NameError: name 'x' is not defined`" in text
    assert "```\nTraceback:\n  File broken.py\nNameError: name 'x' is not defined\n```" in text


def test_a_trace_that_is_long_and_nasty_stays_within_its_block():
    trace = "\n".join(["# heading", "```", "# another"] + ["x" * 10_000] * 500 + ["```", "# last"])
    text = import_error_account(import_error(stack_trace=trace))
    assert len(text) < 100_000
    assert [each.title for each in parse_markdown(text, "x", "text/markdown").headings] == ["Import error in broken.py"]
    assert "no stack trace" in import_error_account(import_error(stack_trace=None))


def test_documentation_keeps_below_its_dag_and_opens_no_block_that_stays_open():
    nasty = "Top\n===\n\n# One\n\n~~~\n# code"
    headings = parse_markdown(dag_account(dag_details(doc_md=nasty), []), "x", "text/markdown").headings
    assert [(each.level, each.title) for each in headings] == [(1, "DAG etl"), (2, "Top"), (2, "One"), (2, "Tasks")]


def test_dags_come_and_go_and_a_second_run_writes_nothing(platform, airflow, source):
    assert ingest(platform, source, "all", RUN).written == 3
    again = ingest(platform, source, "all", RUN.model_copy(update={"run_id": "2"}))
    assert (again.written, again.skipped) == (0, 3)
    airflow.dags.pop()
    airflow.import_errors.clear()
    airflow.details["etl"] = dag_details(description="Loads all orders.")
    third = ingest(platform, source, "all", RUN.model_copy(update={"run_id": "3"}))
    assert (third.written, third.deleted) == (1, 2)
    living = [each for each in platform.records.scan(Document, {"source": "dags"}) if each.deleted_at is None]
    assert [each.external_id for each in living] == ["dags/etl"]


def test_a_dag_that_goes_between_listing_and_reading_has_vanished(airflow, source):
    item = next(source.items("all"))
    del airflow.details["etl"]
    with pytest.raises(ItemVanished):
        item.read()


def test_one_dag_is_found_for_a_replay(source):
    found = source.item("all", "dags/report")
    assert found is not None
    assert b"# DAG report" in found.read()
    assert source.item("all", "dags/none") is None


def test_a_partition_other_than_all_is_refused(source):
    with pytest.raises(TerminalError, match="expected the partition 'all'"):
        list(source.items("2026-11-24"))
    assert source.partition_ready("all", 0.0)


def test_details_that_are_an_error_body_are_an_outage(airflow, source):
    item = next(source.items("all"))
    airflow.odd = [("/details", {"detail": "database is locked"})]
    with pytest.raises(SourceUnavailable, match=r"dag_id, a text.*database is locked"):
        item.read()
