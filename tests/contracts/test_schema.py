"""What a rule may agree on, and that a decision is about what waits at that moment."""

from typing import Any

import pytest

from kintsugi.contracts.drift import SchemaDrift
from kintsugi.contracts.schema import accept, hold_to_schema, schema_of
from kintsugi.errors import ConflictError, TerminalError
from kintsugi.platform import Platform
from kintsugi.sources.registry import open_source
from tests.builders import RUN
from tests.contracts.tables import SOURCE, OrdersFile, orders


class Overtaken:
    """Records whose first replacement comes too late: something else happens just before it."""

    def __init__(self, inner: Any, before: Any) -> None:
        self._inner, self._before = inner, before

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def replace(self, record: Any) -> Any:
        before, self._before = self._before, None
        if before:
            before()
        return self._inner.replace(record)


@pytest.fixture
def file(platform):
    file = OrdersFile(platform)
    file.write(orders())
    held(platform)
    return file


def held(platform: Platform) -> Any:
    return hold_to_schema(platform, open_source(platform, SOURCE), "all", RUN)


def drifted(platform: Platform) -> None:
    with pytest.raises(SchemaDrift):
        held(platform)


def overtaken(platform: Platform, before: Any) -> Platform:
    return platform.using(records=Overtaken(platform.records, before))


def names(platform: Platform) -> list[str]:
    return [each.name for each in schema_of(platform, SOURCE).columns]


def test_no_rule_agrees_on_a_table_without_columns(platform, file):
    file.entry("removed", "added")
    (platform.settings.home / "orders.csv").write_bytes(b"")
    drifted(platform)
    assert names(platform) == ["id", "customer", "city", "total"]


def test_no_rule_agrees_where_there_were_too_many_columns_to_look_for_renamings(platform):
    file = OrdersFile(platform)
    many = [f"column_{n}" for n in range(101)]
    file.write([{"id": 1} | dict.fromkeys(many, "x")])
    held(platform)
    file.entry("removed", "added")
    file.write([{"id": 1} | {f"{name}_new": "x" for name in many}])
    drifted(platform)
    assert names(platform) == ["id", *many]


def test_a_decision_about_columns_that_changed_while_it_was_written_down_is_none(platform, file):
    file.write(orders(customer="client_name"))
    drifted(platform)

    def change_again():
        file.write(orders(customer="client_name", city="town"))
        drifted(platform)

    with pytest.raises(TerminalError, match="no such change of columns"):
        accept(overtaken(platform, change_again), SOURCE, None, "ada", RUN)
    assert names(platform) == ["id", "customer", "city", "total"]
    assert schema_of(platform, SOURCE).mapping == {}


def test_two_runs_whose_rule_agrees_on_the_same_columns_at_once_agree_on_them_once(platform, file):
    file.entry("added")
    file.write([row | {"note": "x"} for row in orders()])
    assert held(overtaken(platform, lambda: held(platform))).columns[-1] == "note"
    assert len(schema_of(platform, SOURCE).history) == 1


def test_a_rule_does_not_replace_what_was_agreed_on_since_it_looked(platform, file):
    file.entry("added")
    file.write([row | {"note": "x"} for row in orders()])

    def another():
        file.write([row | {"remark": "x"} for row in orders()])
        held(platform)

    with pytest.raises(ConflictError):
        held(overtaken(platform, another))
    assert names(platform)[-1] == "remark"
