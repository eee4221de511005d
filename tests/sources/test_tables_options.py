"""What an entry of kind `tables` may say."""

import json
from pathlib import Path
from typing import Any

import pytest

from kintsugi.errors import ConfigurationError
from kintsugi.sources.config import read_sources
from kintsugi.sources.credentials import Credentials, from_environment
from kintsugi.sources.tabular.database_address import shown_url, url_of
from tests.sources.opened_rows import Opener

ENTRY = """sources:
  orders:
    kind: tables
    {more}
    options:
      key: id
      {options}
"""


def error_of(tmp_path: Path, options: str, more: str = "about: x") -> str:
    path = tmp_path / "sources.yaml"
    path.write_text(ENTRY.format(options=options, more=more))
    (error,) = read_sources(path).errors
    return str(error)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("path: x.csv\n      table: orders", "a file alone"),
        ("url: sqlite:///x.db", "either table or query"),
        ("table: a\n      query: SELECT 1", "either table or query"),
        ("path: x.csv\n      text: '{{ id'", "a template that Jinja reads"),
        ("path: x.csv\n      encoding: klingon", "encoding: one that Python knows"),
        ("path: x.csv\n      full_every: 0", "greater than 0"),
        ("path: x.csv\n      tabel: orders", "a key that is known"),
    ],
)
def test_a_wrong_option_is_an_error_that_names_file_and_line(tmp_path, options, expected):
    said = error_of(tmp_path, options)
    assert expected in said
    assert said.startswith("sources.yaml, line ")


@pytest.mark.parametrize("url", ["postgresql://me:s3cret@host/db", "mysql://host/db?password=s3cret", "http://[s3cret"])
def test_a_password_in_the_file_is_refused_and_not_shown(tmp_path, url):
    said = error_of(tmp_path, f"table: orders\n      url: '{url}'")
    assert "without a password" in said
    assert "s3cret" not in said


def test_an_hourly_table_needs_a_watermark(platform):
    with pytest.raises(ConfigurationError, match="source orders: no watermark; expected a column whose time"):
        Opener(platform, "tables")(partition="hour", url="sqlite:///x.db", table="orders", key="id")


def test_a_table_without_any_address_asks_for_a_connection(platform):
    with pytest.raises(ConfigurationError, match="no connection is named"):
        Opener(platform, "tables")(table="orders", key="id")


@pytest.mark.parametrize(
    ("uri", "expected", "shown"),
    [
        (
            "postgres://me:p%40ss@db.example:5433/shop?sslmode=require",
            "postgresql+psycopg2://me:p%40ss@db.example:5433/shop?sslmode=require",
            "postgresql://db.example:5433/shop",
        ),
        ("mysql://me:x@db.example/shop", "mysql+pymysql://me:x@db.example/shop", "mysql://db.example/shop"),
        ("trino://me@db.example:8080/hive", "trino://me@db.example:8080/hive", "trino://db.example:8080/hive"),
    ],
)
def test_a_connection_is_an_address(uri, expected, shown):
    found = from_environment("shop", {"AIRFLOW_CONN_SHOP": uri})
    made = url_of("orders", "", found)
    assert made.render_as_string(hide_password=False) == expected
    assert shown_url(made) == shown


def test_a_connection_may_name_a_socket_a_file_and_a_driver():
    def made(**fields: Any) -> str:
        found = from_environment("shop", {"AIRFLOW_CONN_SHOP": json.dumps(fields)})
        return url_of("orders", "", found).render_as_string(hide_password=False)

    assert made(conn_type="postgres", host="/run/pg", schema="shop") == "postgresql+psycopg2:///shop?host=%2Frun%2Fpg"
    assert made(conn_type="sqlite", host="/var/shop.db") == "sqlite:////var/shop.db"
    assert made(conn_type="mssql", host="h", extra={"sqlalchemy_scheme": "mssql+pyodbc"}) == "mssql+pyodbc://h"


def test_the_login_of_a_connection_goes_into_the_address_of_the_entry():
    login = Credentials("shop", login="me", password="p@ss")
    made = url_of("orders", "postgresql://db.example/shop", login)
    assert made.render_as_string(hide_password=False) == "postgresql+psycopg2://me:p%40ss@db.example/shop"
    assert shown_url(made) == "postgresql://db.example/shop"


def test_a_database_whose_driver_is_not_installed_is_for_a_person(platform):
    source = Opener(platform, "tables")(url="mysql://127.0.0.1:9/shop", table="orders", key="id")
    with pytest.raises(ConfigurationError, match=r"expected a database whose driver is installed; got .*pymysql"):
        source.check()
