"""Connections from the environment, as Airflow writes them."""

import pytest

from kintsugi.errors import ConfigurationError
from kintsugi.sources.credentials import from_environment


def read(value: str):
    return from_environment("shop_db", {"AIRFLOW_CONN_SHOP_DB": value})


def test_a_uri_is_taken_apart():
    found = read("postgresql://reader:p%40ss@db.example:5433/shop?sslmode=require")
    assert (found.conn_type, found.host, found.port) == ("postgresql", "db.example", 5433)
    assert (found.login, found.password, found.schema) == ("reader", "p@ss", "shop")
    assert found.extra == {"sslmode": "require"}


def test_json_is_read_with_extra_as_text_or_as_an_object():
    for extra in ('{"a": 1}', '"{\\"a\\": 1}"'):
        fields = '"conn_type": "http", "host": "h", "port": 80, "login": "l", "password": "p"'
        found = read(f'{{{fields}, "extra": {extra}}}')
        assert (found.host, found.port, found.extra) == ("h", 80, {"a": 1})


def test_no_variable_is_no_connection():
    assert from_environment("shop_db", {}) is None


@pytest.mark.parametrize("value", ["just words", "{broken", "http://host:port"])
def test_what_is_neither_is_refused_without_showing_it(value):
    with pytest.raises(ConfigurationError, match="AIRFLOW_CONN_SHOP_DB: not a connection") as caught:
        read(value)
    assert value not in str(caught.value)


def test_a_password_is_not_in_what_is_printed():
    assert "secret" not in repr(read("http://user:secret@host/"))


def test_an_address_for_http_has_scheme_host_and_port():
    assert read("http://u:p@host:8080/https").http_url() == "https://host:8080"
    assert read('{"host": "https://host/"}').http_url() == "https://host"
    assert read('{"host": "https://host/at/", "port": 8443}').http_url() == "https://host:8443/at"
    assert read('{"host": "https://[::1]:80", "port": 8443}').http_url() == "https://[::1]:80"
    assert read('{"host": "https://[::1]", "port": 8443}').http_url() == "https://[::1]:8443"


def test_nested_extra_stands_in_a_uri_as_json():
    assert read("http://h/?__extra__=%7B%22a%22%3A+%7B%22b%22%3A+true%7D%7D").extra == {"a": {"b": True}}
    with pytest.raises(ConfigurationError, match="not a connection"):
        read("http://h/?__extra__=%7Bbroken")
