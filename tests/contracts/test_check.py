"""Contracts fail closed."""

from dataclasses import replace

import pytest

from kintsugi.contracts.check import check, raised
from kintsugi.contracts.contract import RowRule
from kintsugi.contracts.sources import contract_named
from kintsugi.errors import ConfigurationError, DriftError, TerminalError

DOCUMENTS = contract_named("documents")


def row(**changes):
    values = {
        "id": "a",
        "external_id": "a.md",
        "title": "A",
        "text_length": 10,
        "readable_share": 1.0,
        "media_type": "text/markdown",
        "raw_digest": "0" * 32,
    }
    return values | changes


def test_good_rows_pass_every_expectation():
    verdict = check(DOCUMENTS, [row(id="a"), row(id="b")], "shard 1")
    assert verdict.failures == []
    assert verdict.evaluated >= len(DOCUMENTS.rules) + 2


def test_a_bad_row_is_named_with_check_and_value_and_the_rest_passes():
    rows = [row(id="a"), row(id="b", media_type="image/png"), row(id="c", title=" "), row(id="d", text_length=0)]
    failures = check(DOCUMENTS, rows, "shard 1").failures
    assert sorted((each.row, each.rule.check, each.value) for each in failures) == [
        (1, "media-type", "image/png"),
        (2, "title", " "),
        (3, "text-length", "0"),
    ]


def test_a_missing_value_is_refused_though_expectations_pass_over_it():
    failures = check(DOCUMENTS, [row(id="a"), row(id="b", title=None)], "shard 1").failures
    assert [(each.row, each.rule.check) for each in failures] == [(1, "title-present")]


def test_two_documents_with_one_id_are_both_refused():
    failures = check(DOCUMENTS, [row(id="a"), row(id="a"), row(id="b")], "shard 1").failures
    assert [(each.row, each.rule.check) for each in failures] == [(0, "id-unique"), (1, "id-unique")]


@pytest.mark.parametrize("rows", [[{**row(), "surprise": 1}], [{"id": "a"}]])
def test_other_columns_are_drift(rows):
    with pytest.raises(DriftError, match=r"schema of contract documents does not hold; expected the columns id"):
        check(DOCUMENTS, rows, "shard 1")


def test_another_number_of_rows_is_drift():
    with pytest.raises(DriftError, match="volume"):
        check(replace(DOCUMENTS, max_rows=1), [row(id="a"), row(id="b")], "shard 1")
    with pytest.raises(DriftError):
        check(DOCUMENTS, [], "shard 1")


@pytest.mark.parametrize(
    "rules",
    [
        (),
        (RowRule("broken", "ExpectColumnValuesToBeBetween", "no_such_column", {"min_value": 0}, "", ""),),
        (RowRule("broken", "ExpectColumnValuesToBeBetween", "title", {"min_value": 0, "max_value": 1}, "", ""),),
        (RowRule("broken", "NoSuchExpectation", "title", {}, "", ""),),
        (RowRule("broken", "ExpectColumnValuesToMatchRegex", "title", {"regex": "("}, "", ""),),
        (RowRule("broken", "ExpectColumnMeanToBeBetween", "text_length", {"min_value": 99}, "", ""),),
    ],
    ids=["no rules", "missing column", "wrong type", "unknown kind", "bad argument", "not about rows"],
)
def test_a_contract_that_can_not_be_evaluated_refuses_the_whole_shard(rules):
    with pytest.raises(TerminalError, match=r"could not be checked, so the shard is refused as a whole"):
        check(replace(DOCUMENTS, rules=rules), [row()], "shard 1")


def test_exceptions_are_found_wherever_the_engine_puts_them():
    assert raised({"raised_exception": False, "exception_traceback": None, "exception_message": None}) is None
    assert raised({"raised_exception": True, "exception_message": "flat"}) == "flat"
    assert raised({"metric": {"exception_traceback": "Traceback …", "exception_message": "nested"}}) == "nested"
    assert raised(None) is None


def test_an_airflow_run_that_has_not_ended_is_refused():
    contract = contract_named("airflow")
    facts = {"dag_id": "etl", "run_id": "r1", "state": "running", "seconds": "3.0", "tries": "1"}
    staged = {"id": "a", "external_id": "etl/r1", "title": "t", "text": "x", "media_type": "text/markdown"}
    rows = [contract.row_of({**staged, "raw_digest": "0" * 32, "metadata": facts})]
    assert [each.rule.check for each in check(contract, rows, "shard").failures] == ["terminal-state"]
    without = {name: value for name, value in facts.items() if name != "state"}
    with pytest.raises(DriftError, match="schema"):
        check(contract, [contract.row_of({**staged, "raw_digest": "0" * 32, "metadata": without})], "shard")


def test_an_unknown_contract_lists_the_known_ones():
    with pytest.raises(ConfigurationError, match="expected one of documents, airflow"):
        contract_named("nope")
