"""A connection of Airflow names the same place as the settings that say the same."""

import json

import pytest

from kintsugi.errors import ConfigurationError
from kintsugi.stores.connections import from_variables, of_fields
from kintsugi.stores.place import Place


def variables(mongo: str = "", opensearch: str = ""):
    return {"AIRFLOW_CONN_KINTSUGI_MONGO": mongo, "AIRFLOW_CONN_KINTSUGI_OPENSEARCH": opensearch}


@pytest.mark.parametrize(
    ("mongo", "place"),
    [
        ("mongo://me:hush@DB:27018/ops", "mongodb://db:27018/ops"),
        ("mongo://db", "mongodb://db:27017/kintsugi"),
        ("mongo://cluster.example.net/?srv=true", "mongodb+srv://cluster.example.net/kintsugi"),
        (json.dumps({"conn_type": "mongo", "host": "db", "schema": "ops"}), "mongodb://db:27017/ops"),
        (json.dumps({"host": "c.net", "extra": {"srv": True}}), "mongodb+srv://c.net/kintsugi"),
        (json.dumps({"host": "c.net", "extra": '{"srv": true}'}), "mongodb+srv://c.net/kintsugi"),
    ],
)
def test_a_variable_names_a_mongodb(settings, mongo, place):
    (found,) = from_variables(variables(mongo))
    assert found.place(settings) == Place(records=place)


@pytest.mark.parametrize(
    ("opensearch", "place"),
    [
        ("opensearch://me:hush@search:9200/?use_ssl=true", "https://search:9200/kintsugi-*"),
        ("opensearch://search:9200", "http://search:9200/kintsugi-*"),
        (json.dumps({"host": "search", "extra": {"scheme": "https"}}), "https://search:443/kintsugi-*"),
    ],
)
def test_a_variable_names_an_opensearch(settings, opensearch, place):
    (found,) = from_variables(variables(opensearch=opensearch))
    assert found.place(settings) == Place(index=place)


@pytest.mark.parametrize("value", ["{", "mongo://", '{"host": null}'])
def test_a_variable_without_a_host_is_named(settings, value):
    (found,) = from_variables(variables(value))
    with pytest.raises(ConfigurationError, match="connection kintsugi_mongo: not an address"):
        found.place(settings)


def test_what_the_rest_api_tells_of_a_connection_is_read_alike(settings):
    told = {
        "connection_id": "kintsugi_mongo",
        "host": "db",
        "port": 27018,
        "schema": None,
        "extra": "{}",
        "password": "***",
    }
    assert of_fields("kintsugi_mongo", told).place(settings) == Place("mongodb://db:27018/kintsugi")
