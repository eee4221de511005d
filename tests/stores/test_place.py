"""Two addresses of the same engine compare as equal, and none shows a login."""

import pytest

from kintsugi.errors import ConfigurationError
from kintsugi.settings import load_settings
from kintsugi.stores.connections import of_fields
from kintsugi.stores.place import in_the_clear, mongo_place, opensearch_place, without_secrets


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
        ("KINTSUGI_MONGO__URI", "mongodb://me:1?hush@db", "without a login"),
        ("KINTSUGI_MONGO__URI", "mongodb://me:x@hush@db", "without a login"),
        ("KINTSUGI_MONGO__URI", "mongodb://me:a hush@db", "without a login"),
        ("KINTSUGI_MONGO__URI", "me:hush@db:27017", "without a login"),
        ("KINTSUGI_MONGO__URI", "mongodb://me:hush", "port from 1 to 65535"),
        ("KINTSUGI_MONGO", "mongodb://me:hush", "mongo"),
        ("KINTSUGI_MONGO__URI", "http://db", "begins with mongodb://"),
        ("KINTSUGI_MONGO__URI", "mongodb://db:99999", "port from 1 to 65535"),
        ("KINTSUGI_MONGO__URI", "mongodb://", "a host"),
        ("KINTSUGI_MONGO__URI", "mongodb+srv://db:27017", "one host without a port"),
        ("KINTSUGI_MONGO__URI", "mongodb://db/other", "no other database.*authSource"),
        ("KINTSUGI_MONGO__PASSWORD", "hush", "a username beside the password"),
        ("KINTSUGI_OPENSEARCH__URL", "https://me:hush@search:9200", "without a login.*opensearch.password_file"),
        ("KINTSUGI_OPENSEARCH__URL", "https://me:hush", "port from 1 to 65535"),
        ("KINTSUGI_OPENSEARCH__URL", "https://me:hu℀sh,hush@search", "without a login"),
        ("KINTSUGI_OPENSEARCH__URL", "me:hush@search:9200", "without a login"),
        ("KINTSUGI_OPENSEARCH__URL", "https://a:9200,http://b:9200", "all begin with https://, or all with http://"),
        ("KINTSUGI_OPENSEARCH__URL", "search:9200", "begin with https://"),
        ("KINTSUGI_OPENSEARCH__URL", "https://search:9200/path", "ends after host and port"),
        ("KINTSUGI_OPENSEARCH__PASSWORD", "hush", "a username beside the password"),
    ],
)
def test_a_wrong_address_is_said_to_be_wrong_and_its_password_is_not_shown(variable, value, said):
    with pytest.raises(ConfigurationError, match=said) as refused:
        load_settings({"KINTSUGI_HOME": "/nowhere", variable: value})
    assert "hush" not in str(refused.value)
    assert "hu℀sh" not in str(refused.value)
    assert variable.removeprefix("KINTSUGI_").partition("__")[0].lower() in refused.value.what


@pytest.mark.parametrize(
    "text",
    [
        "can't reach mongodb://me:hush@db:27017",
        "can't reach mongodb://me:x@hush@db:27017",
        "can't reach mongodb://me:a hush@db:27017",
        "can't reach me:hush@db:27017",
        "can't reach mongodb://me:a/hush@db:27017",
        "can't reach mongodb://db:27017/?tlsCertificateKeyFilePassword=hush",
        "can't reach mongodb://db:27017/?w=1&AUTHMECHANISMPROPERTIES=AWS_SESSION_TOKEN:hush",
    ],
)
def test_a_text_is_shown_without_login_and_secret_options_but_with_its_host(text):
    shown = without_secrets(text)
    assert "hush" not in shown
    assert shown.startswith("can't reach ")
    assert "db:27017" in shown


def test_a_text_without_secrets_stays_as_it_is():
    for text in ("mongodb://a:1,b/?replicaSet=rs0&authSource=admin: no answer", "ask ops@example.org"):
        assert without_secrets(text) == text


def test_a_login_in_the_host_of_a_connection_is_not_shown():
    address = of_fields("kintsugi_mongo", {"host": "me:hush@db", "port": 27017})
    with pytest.raises(ConfigurationError, match="connection kintsugi_mongo: not an address") as refused:
        address.place(load_settings({"KINTSUGI_HOME": "/nowhere"}))
    assert "hush" not in str(refused.value)


def test_a_network_between_is_what_makes_plain_http_readable_for_others():
    assert in_the_clear("http://search:9200, http://127.0.0.1:9200,http://[::1]:9200,http://localhost") == [
        "search:9200"
    ]
    assert in_the_clear("https://search:9200") == []
