"""Holding a shard against its contract with Great Expectations. Fails closed: what could not be checked is refused."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kintsugi.contracts.contract import Contract, Failure, Row, RowRule, Verdict
from kintsugi.contracts.drift import SchemaDrift
from kintsugi.errors import DriftError, TerminalError

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuite, ExpectationSuiteValidationResult
    from great_expectations.datasource.fluent.interfaces import Batch
    from pandas import DataFrame

Report = Callable[[Sequence[Any]], None]
"""Gets the results of Great Expectations as far as they are known, also of a shard that is then refused."""

_RESULT_FORMAT = {"result_format": "COMPLETE", "include_unexpected_rows": False}


def suite_name(source: str, contract: str) -> str:
    """Return the name of a source's suite of expectations."""
    return f"{source}.{contract}"


def check(
    contract: Contract, rows: Sequence[Row], what: str, *, suite: str = "", report: Report | None = None
) -> Verdict:
    """Return which rows break which rule.

    Args:
        contract: what has to hold.
        rows: the shard's rows.
        what: the shard in words, for messages.
        suite: name of the suite; the contract's by default.
        report: is given what was evaluated.

    Raises:
        DriftError: columns or number of rows are not as agreed: nothing can be said about single rows.
        TerminalError: the contract could not be evaluated in full; the shard is refused as a whole.
    """
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import pandas as pd

    batch = _batch(pd.DataFrame.from_records(list(rows)), what)
    suite = suite or contract.name
    shape = _validated(batch, _suite(suite, _shape_expectations(contract)), what)
    if report:
        report(shape.results)
    for result in shape.results:
        _require_evaluated(result, what)
        if not result.success:
            raise DriftError(
                f"{what}: {_named(result)} of contract {contract.name} does not hold",
                expected=_shape_expected(contract, result),
                got=str(result.result.get("details", {}).get("mismatched") or result.result.get("observed_value")),
                next_step="compare the source's schema with the contract; correct one of them, then run again",
            )
    rules = (*_presence(contract.rules), *contract.rules)
    outcome = _validated(batch, _suite(suite, [_expectation(rule) for rule in rules]), what)
    if report:
        report([*shape.results, *outcome.results])
    if len(outcome.results) != len(rules) or not contract.rules:
        raise _not_evaluated(what, f"{len(outcome.results)} of {len(rules)} expectations were evaluated")
    by_check = {rule.check: rule for rule in rules}
    failures = [
        failure
        for result in outcome.results
        for failure in _failures(result, by_check[result.expectation_config.meta["check"]], rows, what)
    ]
    return Verdict(len(shape.results) + len(outcome.results), failures)


def check_columns(agreed: Sequence[str], present: Sequence[str], what: str, *, suite: str) -> Sequence[Any]:
    """Return the results of holding a table's columns against those agreed on, as Great Expectations has them.

    Raises:
        SchemaDrift: they are others.
        TerminalError: that could not be evaluated.
    """
    import great_expectations.expectations as gxe
    import pandas as pd

    expectations = [
        gxe.ExpectTableColumnsToMatchSet(column_set=list(agreed), exact_match=True, meta={"check": "columns"}),
        gxe.ExpectTableColumnCountToEqual(value=len(agreed), meta={"check": "column-count"}),
    ]
    outcome = _validated(_batch(pd.DataFrame(columns=list(present)), what), _suite(suite, expectations), what)
    for result in outcome.results:
        _require_evaluated(result, what)
        if not result.success:
            raise SchemaDrift(
                f"{what}: {_named(result)} of suite {suite} does not hold",
                expected=", ".join(agreed)[:500],
                got=", ".join(present)[:500],
                next_step="run the partition again: it says what a person has to decide",
            )
    return list(outcome.results)


def _presence(rules: Sequence[RowRule]) -> list[RowRule]:
    """Return a rule for each column that says that it has a value: all other expectations pass over what is missing."""
    columns = dict.fromkeys(rule.column for rule in rules)
    return [
        RowRule(f"{each}-present", "ExpectColumnValuesToNotBeNull", each, {}, f"a value of {each}", "see the source")
        for each in columns
    ]


def _shape_expectations(contract: Contract) -> list[Any]:
    import great_expectations.expectations as gxe

    return [
        gxe.ExpectTableColumnsToMatchSet(column_set=list(contract.columns), exact_match=True, meta={"check": "schema"}),
        gxe.ExpectTableRowCountToBeBetween(min_value=1, max_value=contract.max_rows, meta={"check": "volume"}),
    ]


def _shape_expected(contract: Contract, result: Any) -> str:
    if _named(result) == "schema":
        return "the columns " + ", ".join(contract.columns)
    return f"1 to {contract.max_rows} rows"


def _expectation(rule: RowRule) -> Any:
    import great_expectations.expectations as gxe

    try:
        kind = getattr(gxe, rule.kind)
        return kind(column=rule.column, meta={"check": rule.check}, **rule.arguments)
    except (AttributeError, ValueError, TypeError) as error:
        raise _not_evaluated(f"rule {rule.check}", f"{type(error).__name__}: {error}") from error


def _suite(name: str, expectations: list[Any]) -> "ExpectationSuite":
    import great_expectations as gx

    return gx.ExpectationSuite(name=name, expectations=expectations)


def _batch(frame: "DataFrame", what: str) -> "Batch":
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    try:
        context = gx.get_context(project_config=config, mode="ephemeral")
        asset = context.data_sources.add_pandas("staged").add_dataframe_asset("shard")
        return asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
    except Exception as error:  # fail closed: whatever keeps it from being checked, the shard is refused
        raise _not_evaluated(what, f"{type(error).__name__}: {error}") from error


def _validated(batch: "Batch", suite: "ExpectationSuite", what: str) -> "ExpectationSuiteValidationResult":
    try:
        return batch.validate(suite, result_format=_RESULT_FORMAT)
    except Exception as error:  # fail closed, as above
        raise _not_evaluated(what, f"{type(error).__name__}: {error}") from error


def _failures(result: Any, rule: RowRule, rows: Sequence[Row], what: str) -> list[Failure]:
    _require_evaluated(result, what)
    if result.success:
        return []
    where = result.result.get("unexpected_index_list")
    if not where:
        raise _not_evaluated(what, f"check {rule.check} failed without saying for which rows")
    return [Failure(int(index), rule, str(rows[int(index)].get(rule.column))[:200]) for index in where]


def _require_evaluated(result: Any, what: str) -> None:
    message = raised(result.exception_info)
    if message is not None:
        raise _not_evaluated(what, f"check {_named(result)}: {message}")


def raised(info: Mapping[str, Any] | None) -> str | None:
    """Return the message of an exception in an expectation's ``exception_info``, or ``None`` when there was none.

    The info is flat for most expectations and keyed by metric for some; both are looked through.
    """
    if not info:
        return None
    flat = [info, *(inner for inner in info.values() if isinstance(inner, Mapping))]
    for each in flat:
        if each.get("raised_exception") or each.get("exception_traceback"):
            return str(each.get("exception_message") or "an exception without a message")
    return None


def _named(result: Any) -> str:
    return str((result.expectation_config.meta or {}).get("check", result.expectation_config.type))


def _not_evaluated(what: str, got: str) -> TerminalError:
    return TerminalError(
        f"{what}: the contract could not be checked, so the shard is refused as a whole",
        expected="every expectation evaluated",
        got=got,
        next_step="correct the contract or the data; nothing of this shard was loaded",
    )
