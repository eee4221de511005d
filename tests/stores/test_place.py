"""Two addresses of the same engine compare as equal, and none shows a login."""

import pytest

from kintsugi.errors import ConfigurationError
from kintsugi.settings import load_settings
from kintsugi.stores.place import mongo_place, opensearch_place


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("mongodb://db", "mongodb://db:27017/kintsugi"),
        ("mongodb://DB:27017/", "mongodb://db:27017/kintsugi"),
        ("mongodb://db/kintsugi?authSource=admin", "mongodb://db:27017/kintsugi"),
        ("mongodb://b:1,a?replicaSet=rs0", "mongodb://a:27017,b:1/kintsugi"),
        ("mongodb://[::1]:27018", "mongodb://[::1]:27018/kintsugi"),
        ("mongodb+srv://Cluster.example.net/?retryWrites=true", "mongodb+srv://cluster.example.net/kintsugi"),
    ],
)
def test_a_mongodb_is_named_by_its_hosts_and_database(uri, place):
    assert mongo_place(uri, "kintsugi") == place


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://search", "https://search:443/kintsugi-*"),
        ("https://b:9200, https://A:9200/", "https://a:9200,https://b:9200/kintsugi-*"),
        ("http://127.0.0.1:9200", "http://127.0.0.1:9200/kintsugi-*"),
    ],
)
def test_an_opensearch_is_named_by_its_addresses_and_prefix(url, place):
    assert opensearch_place(url, "kintsugi") == place


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("KINTSUGI_MONGO__URI", "mongodb://me:hush/hush@db", "without a login.*mongo.password_file"),
        ("KINTSUGI_MONGO__URI", "mongodb://me:hush@db", "without a login"),
        ("KINTSUGI_MONGO__URI", "http://db", "begins with mongodb://"),
        ("KINTSUGI_MONGO__URI", "mongodb://db:99999", "port from 1 to 65535"),
        ("KINTSUGI_MONGO__URI", "mongodb://", "a host"),
        ("KINTSUGI_MONGO__URI", "mongodb+srv://db:27017", "one host without a port"),
        ("KINTSUGI_MONGO__URI", "mongodb://db/other", "no other database.*authSource"),
        ("KINTSUGI_MONGO__PASSWORD", "hush", "a username beside the password"),
        ("KINTSUGI_OPENSEARCH__URL", "https://me:hush@search:9200", "without a login.*opensearch.password_file"),
        ("KINTSUGI_OPENSEARCH__URL", "search:9200", "begin with https://"),
        ("KINTSUGI_OPENSEARCH__URL", "https://search:9200/path", "ends after host and port"),
        ("KINTSUGI_OPENSEARCH__PASSWORD", "hush", "a username beside the password"),
    ],
)
def test_a_wrong_address_is_said_to_be_wrong_and_its_password_is_not_shown(variable, value, said):
    with pytest.raises(ConfigurationError, match=said) as refused:
        load_settings({"KINTSUGI_HOME": "/nowhere", variable: value})
    assert "hush" not in str(refused.value)
    assert variable.removeprefix("KINTSUGI_").partition("__")[0].lower() in refused.value.what
