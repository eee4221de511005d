"""A table of a real SQLite database as a source."""

import tracemalloc

import pytest

from kintsugi.documents.intake.ingest import ingest
from kintsugi.errors import ConfigurationError, DataError, DriftError, SourceUnavailable, TerminalError
from kintsugi.records import Column, Quarantined
from kintsugi.sources.port import Incremental, Tabular
from kintsugi.sources.tabular.page_size import PageSize
from tests.builders import RUN
from tests.sources.opened_rows import LOGIN, Opener, living, texts

HOUR = "2026-11-24T19"


def test_a_row_is_a_document_of_its_columns(opened, insert):
    insert((7, "two\nlines", 1.5, None))
    (item,) = opened().items()
    assert item.external_id == "7"
    assert item.title == "orders 7"
    assert item.read() == b"id: 7\nnote: two\nlines\namount: 1.5\n"
    assert item.locator.startswith("sqlite:////")
    assert item.locator.endswith("/shop.db#orders/7")


def test_rows_of_any_size_are_held_a_bounded_page_at_a_time(opened, change):
    query = (
        "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 200) "
        "SELECT id, printf('%.*c', 1000000, 'x') AS note FROM n"
    )
    source = opened(table="", query=query)
    tracemalloc.start()
    assert sum(1 for _ in source.items()) == 200
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000_000


def test_pages_grow_while_rows_are_small_and_shrink_when_they_are_large():
    size = PageSize()
    asked = []
    for width in (10, 10, 10, 10, 10, 10, 1_000_000, 40_000_000, 10):
        asked.append(size.rows)
        size.seen([{"note": "x" * width}])
    assert asked == [16, 32, 64, 128, 256, 500, 500, 31, 1]
    assert size.rows == 2


def test_rows_come_sorted_by_key_and_the_same_each_time(opened, insert):
    insert(*((n, "x", n, None) for n in (3, 1, 2)))
    first, second = list(opened().items()), list(opened().items())
    assert [each.external_id for each in first] == ["1", "2", "3"]
    assert [each.raw_digest for each in first] == [each.raw_digest for each in second]


def test_templates_give_title_and_text(opened, insert):
    insert((7, "late", 1.5, None))
    source = opened(
        title="Order {{ id }}", text="{{ note|upper }}, {{ row['amount'] }} EUR{% if at %} {{ at }}{% endif %}"
    )
    (item,) = source.items()
    assert (item.title, item.read()) == ("Order 7", b"LATE, 1.5 EUR")


def test_a_value_is_never_a_template(opened, insert):
    insert((7, "{{ 7 * 7 }}", 1, None))
    assert texts(opened(text="{{ note }}").items()) == {"7": "{{ 7 * 7 }}"}


def test_only_the_columns_that_the_template_names_change_the_digest(opened, insert, change):
    insert((7, "late", 1, None))
    source = opened(title="{{ id }}", text="{{ note }}")
    (before,) = source.items()
    change("UPDATE orders SET amount = 2")
    assert next(source.items()).raw_digest == before.raw_digest
    change("UPDATE orders SET note = 'in time'")
    assert next(source.items()).raw_digest != before.raw_digest
    (other,) = opened(title="{{ id }}", text="{{ note }}!").items()
    assert other.raw_digest != next(source.items()).raw_digest


def test_a_template_that_a_row_does_not_fit_refuses_that_row_alone(opened, insert):
    insert((1, "x", 0, None), (2, "x", 5, None))
    bad, good = opened(text="{{ 10 / amount }}").items()
    with pytest.raises(DataError, match=r"row 1: the template can't be filled in") as refused:
        bad.read()
    assert refused.value.check == "template"
    assert good.read() == b"2.0"


@pytest.mark.parametrize(
    "options",
    [{"key": "number"}, {"text": "{{ number }}"}, {"text": "{{ row.number }}"}, {"title": '{{ row["number"] }}'}],
)
def test_a_missing_column_is_drift_that_names_it(opened, insert, options):
    insert((1, "x", 0, None))
    with pytest.raises(DriftError, match=r"table orders: no column number; .*got id, note, amount, at"):
        list(opened(**options).items())


def test_a_missing_watermark_is_drift_too(opened):
    with pytest.raises(DriftError, match="no column changed"):
        list(opened(watermark="changed").items_after("all", ""))


def test_an_agreed_renaming_holds_for_key_watermark_and_templates(opened, insert, change):
    insert((1, "x", 2, "2026-11-24 19:30:00"))
    for old, new in (("id", "order_id"), ("at", "changed"), ("note", "Remark 2")):
        change(f'ALTER TABLE orders RENAME COLUMN {old} TO "{new}"')
    mapping = {"order_id": "id", "changed": "at", "Remark 2": "note"}
    source = opened(mapping=mapping, partition="hour", watermark="at", text="{{ id }} {{ note }} {{ at }}")
    assert texts(source.items(HOUR)) == {"1": "1 x 2026-11-24 19:30:00"}
    assert [each.name for each in source.columns(HOUR)] == ["order_id", "Remark 2", "amount", "changed"]
    assert source.sample(HOUR, 5) == [{"order_id": 1, "Remark 2": "x", "amount": 2, "changed": "2026-11-24 19:30:00"}]
    assert list(source.frame_rows(HOUR)) == [{"id": 1, "note": "x", "amount": 2, "at": "2026-11-24 19:30:00"}]


def test_two_columns_that_get_the_same_name_are_drift(opened):
    with pytest.raises(DriftError, match="two columns note"):
        list(opened(mapping={"amount": "note"}).items())


def test_columns_have_plain_types(opened, change):
    assert opened().columns("all") == (
        Column(name="id", type="integer"),
        Column(name="note", type="text"),
        Column(name="amount", type="number"),
        Column(name="at", type="time"),
    )
    assert isinstance(opened(), Tabular)
    assert not isinstance(opened(), Incremental)
    assert isinstance(opened(watermark="at"), Incremental)


def test_a_query_is_a_table_too(opened, insert):
    insert((1, "a", 2, None), (2, "b:c", 3, None))
    source = opened(table="", query="SELECT id, note || ':x%' AS said, amount / 2.0 AS half FROM orders WHERE id > 1;")
    assert texts(source.items()) == {"2": "id: 2\nsaid: b:c:x%\nhalf: 1.5\n"}
    assert [(each.name, each.type) for each in source.columns("all")] == [
        ("id", "integer"),
        ("said", "text"),
        ("half", "number"),
    ]


def test_a_row_without_a_key_is_refused_and_the_others_come(opened, insert):
    insert((None, "lost", 1, None), (2, "b", 1, None))
    refused, good = opened().items()
    with pytest.raises(DataError, match=r"a row without a key; .*got none in a row of id, note, ") as error:
        refused.read()
    assert "lost" not in str(error.value), "what a row says is for those who may read its source"
    assert error.value.check == "key"
    assert refused.raw_digest == ""
    assert good.read()


def test_keys_of_several_columns_never_meet(opened, insert):
    insert((1, "a/b", 1, None), (1, "a", 1, None))
    assert [each.external_id for each in opened(key=["id", "note"]).items()] == ["1/a", "1/a%2Fb"]


def test_text_that_is_no_utf8_refuses_its_row_alone(opened, insert, change):
    insert((1, "fine", 1, None))
    change("INSERT INTO orders VALUES (2, CAST(X'ff41' AS TEXT), 1, NULL)")
    good, bad = opened().items()
    assert good.read()
    with pytest.raises(DataError, match=r"text of column note is no UTF-8.*got other bytes in column note") as error:
        bad.read()
    assert error.value.check == "encoding"
    assert bad.external_id == "2"


def test_one_row_is_found_by_its_id_also_where_it_is_refused(opened, insert):
    insert((1, "x", 1, None), (None, "lost", 1, None), (2, "y", 1, None))
    refused = next(each.external_id for each in opened().items() if not each.raw_digest)
    assert opened().item("all", "2").read().startswith(b"id: 2\nnote: y\n")
    assert opened(key="note").item("all", "y").external_id == "y"
    assert opened().item("all", "3") is None
    with pytest.raises(DataError, match="without a key"):
        opened().item("all", refused).read()


def test_a_document_above_the_limit_is_refused(opened, insert, platform):
    size = int(platform.settings.ingest.max_document_mb * 1e6) + 1
    insert((1, "x" * size, 1, None))
    (item,) = opened().items()
    with pytest.raises(DataError, match="document 1: too large"):
        item.read()


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-11-24 19:00:00", HOUR),
        ("2026-11-24T19:59:59.999", HOUR),
        ("2026-11-24T20:30:00+01:00", HOUR),
        ("2026-11-24T19:30:00Z", HOUR),
        (1_795_546_800, HOUR),
        ("2026-11-24 20:00:00", "2026-11-24T20"),
        ("2026-11-24T18:59:59.999999", "2026-11-24T18"),
        ("2026-11-25T01:00:00+02:00", "2026-11-24T23"),
    ],
)
def test_a_row_comes_in_the_one_hour_that_its_time_lies_in(opened, insert, written, hour):
    insert((1, "x", 1, written), (2, "other", 1, "2026-11-20 00:00:00"))
    source = opened(partition="hour", watermark="at")
    hours = [f"2026-11-24T{n:02}" for n in range(24)] + ["2026-11-25T00", "2026-11-25T01"]
    found = [each for each in hours if any(item.external_id == "1" for item in source.items(each))]
    assert found == [hour]


def test_a_row_without_a_time_is_refused_in_every_hour(opened, insert):
    insert((1, "x", 1, None), (2, "x", 1, "soon"), (3, "x", 1, "2026-11-24 19:10:00"))
    *refused, good = sorted(opened(partition="hour", watermark="at").items(HOUR), key=lambda each: each.external_id)
    assert good.external_id == "3"
    for item in refused:
        with pytest.raises(DataError, match="a row without a time; expected a time in column at"):
            item.read()


def test_an_hour_is_ready_once_it_is_over_and_settled(opened):
    source = opened(partition="hour", watermark="at", overlap_seconds=60)
    end = 1_795_550_400.0  # 2026-11-24T20:00:00Z
    assert not source.partition_ready(HOUR, end + 59)
    assert source.partition_ready(HOUR, end + 60)
    with pytest.raises(TerminalError, match="an hour in UTC"):
        list(source.items("all"))


def test_a_table_that_is_gone_holds_the_partition(opened, change):
    change("DROP TABLE orders")
    with pytest.raises(DriftError, match=r"source orders, table orders; .*no table orders"):
        list(opened().items())


def test_a_database_file_that_is_gone_is_an_outage_and_is_not_created(opened, change, tmp_path):
    (tmp_path / "shop.db").unlink()
    with pytest.raises(SourceUnavailable, match=r"table orders: the database's file is not there"):
        opened().check()
    assert not (tmp_path / "shop.db").exists()


def test_a_file_that_is_no_database_is_an_outage(opened, change, tmp_path):
    (tmp_path / "shop.db").write_bytes(b"no database" * 200)
    with pytest.raises(SourceUnavailable, match="file is not a database"):
        list(opened().items())


def test_a_query_can_not_write(opened, insert, tmp_path):
    insert((1, "x", 1, None))
    with pytest.raises(ConfigurationError, match="syntax error"):
        list(opened(table="", query="DELETE FROM orders RETURNING *").items())
    assert len(list(opened().items())) == 1


def test_no_login_stands_in_what_people_see(platform):
    source = Opener(platform, "tables")(
        url="postgresql://127.0.0.1:9/shop", connection="shop_db", credentials=LOGIN, table="orders", key="id"
    )
    with pytest.raises(SourceUnavailable) as error:
        source.check()
    assert "s3cret" not in str(error.value)
    assert "reader" not in str(error.value)


def test_edits_additions_and_deletions_reach_the_records_and_a_second_run_writes_nothing(
    opened, insert, change, platform
):
    insert(*((n, f"order number {n}", n, None) for n in range(1, 6)), (None, "no key", 1, None))
    first = ingest(platform, opened(), "all", RUN)
    assert (first.written, first.refused) == (5, 1)
    again = ingest(platform, opened(), "all", RUN.model_copy(update={"run_id": "run-2"}))
    assert (again.written, again.skipped, again.deleted) == (0, 5, 0)
    change("UPDATE orders SET note = 'changed' WHERE id = 2")
    change("DELETE FROM orders WHERE id = 3")
    insert((9, "new", 1, None))
    third = ingest(platform, opened(), "all", RUN.model_copy(update={"run_id": "run-3"}))
    assert (third.written, third.skipped, third.deleted) == (2, 3, 1)
    assert living(platform) == ["1", "2", "4", "5", "9"]


def test_a_second_row_of_the_same_key_is_refused_and_the_first_is_kept(opened, insert, platform):
    insert((1, "first", 1, None), (1, "second", 1, None))
    ingest(platform, opened(), "all", RUN)
    assert living(platform) == ["1"]
    (refused,) = platform.records.scan(Quarantined)
    assert refused.check == "key-unique"
