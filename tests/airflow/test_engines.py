"""Which engines Airflow's processes work on."""

import json

import pytest

from kintsugi.errors import ConfigurationError, StoreUnavailable
from kintsugi.settings import MongoSettings, OpenSearchSettings, load_settings
from kintsugi.stores.binding import bind, hold_to_place, noted
from kintsugi.stores.place import Place, place_of
from kintsugi_airflow import bridge
from kintsugi_airflow.engines import mongo_client, open_platform, opensearch_client
from kintsugi_airflow.pages.opened import OpenedOnce
from tests.builders import document


@pytest.fixture
def environment(settings, monkeypatch):
    """Processes that find the test's folder, with connections and settings that a test adds."""
    monkeypatch.setenv("KINTSUGI_HOME", str(settings.home))
    return monkeypatch


def connect(environment, name: str, **values) -> None:
    environment.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(values))


def test_without_connections_the_settings_decide(environment, settings):
    with bridge.opened() as platform:
        assert place_of(platform.settings) == Place()
    bind(settings, Place("mongodb://db:27017/kintsugi"))
    environment.setenv("KINTSUGI_MONGO__URI", "mongodb://db")
    with bridge.opened() as platform:
        assert place_of(platform.settings).records == "mongodb://db:27017/kintsugi"


def test_connections_alone_choose_the_engines_and_commands_without_settings_are_told(environment, settings):
    connect(environment, "kintsugi_mongo", conn_type="mongo", host="db", port=27018, schema="ops")
    connect(
        environment, "kintsugi_opensearch", conn_type="opensearch", host="search", port=9200, extra={"use_ssl": True}
    )
    there = Place("mongodb://db:27018/ops", "https://search:9200/kintsugi-*")
    bind(settings, there)
    with bridge.opened() as platform:
        assert place_of(platform.settings) == there
    assert place_of(OpenedOnce().platform().settings) == there
    with pytest.raises(ConfigurationError, match=r"MONGO__URI=mongodb://db:27018 KINTSUGI_MONGO__DATABASE=ops"):
        hold_to_place(settings)


def test_the_same_place_in_settings_and_connection_is_fine_and_another_is_refused(environment, settings):
    bind(settings, Place("mongodb://db:27017/kintsugi"))
    environment.setenv("KINTSUGI_MONGO__URI", "mongodb://DB")
    connect(environment, "kintsugi_mongo", conn_type="mongo", host="db", login="me", password="hush")
    open_platform().close()
    connect(environment, "kintsugi_mongo", conn_type="mongo", host="other", login="me", password="hush")
    with pytest.raises(ConfigurationError, match="connection kintsugi_mongo: names another place") as refused:
        open_platform()
    assert "hush" not in str(refused.value)


def test_a_connection_without_a_host_is_named(environment):
    connect(environment, "kintsugi_opensearch", conn_type="opensearch")
    with pytest.raises(ConfigurationError, match="connection kintsugi_opensearch: not an address"):
        open_platform()


def test_records_stay_where_they_are_when_a_connection_appears(environment, platform):
    platform.records.put([document()])
    connect(environment, "kintsugi_mongo", conn_type="mongo", host="db")
    with pytest.raises(ConfigurationError, match="kintsugi migrate"):
        open_platform()


def test_a_connection_that_is_not_found_any_more_is_waited_for_and_never_done_without(environment, settings):
    bind(settings, Place("mongodb://db:27017/kintsugi"))
    with pytest.raises(StoreUnavailable, match=r"no connection kintsugi_mongo was found.*mongodb://db:27017/kintsugi"):
        open_platform()


def test_engines_that_never_answered_bind_nobody(environment, settings):
    extra = {"serverSelectionTimeoutMS": 300}
    connect(environment, "kintsugi_mongo", conn_type="mongo", host="127.0.0.1", port=9, extra=extra)
    with pytest.raises(StoreUnavailable):
        open_platform()
    assert noted(settings) is None


def test_time_outs_are_seconds_where_the_connection_says_nothing(environment):
    connect(environment, "kintsugi_mongo", conn_type="mongo", host="db", extra={"connectTimeoutMS": 700})
    client = mongo_client(MongoSettings(timeout=3))
    assert client.options.server_selection_timeout == 3.0
    assert client.options.pool_options.connect_timeout == 0.7
    assert client.options.timeout == 3.0
    client.close()


def test_certificates_are_verified_unless_the_connection_says_otherwise(environment, tmp_path):
    connect(environment, "kintsugi_opensearch", conn_type="opensearch", host="s", port=1, extra={"use_ssl": True})
    to_server = opensearch_client(OpenSearchSettings(timeout=3)).transport.get_connection()
    assert (to_server.host, bool(to_server.session.verify), to_server.timeout) == ("https://s:1", True, 3)
    own = tmp_path / "ca.pem"
    to_server = opensearch_client(OpenSearchSettings(ca_file=own)).transport.get_connection()
    assert to_server.session.verify == str(own)
    extra = {"use_ssl": True, "verify_certs": False, "timeout": 7}
    connect(environment, "kintsugi_opensearch", conn_type="opensearch", host="s", port=1, extra=extra)
    to_server = opensearch_client(OpenSearchSettings()).transport.get_connection()
    assert (to_server.session.verify, to_server.timeout) == (False, 7)


def test_an_address_that_only_the_scheme_calls_https_is_verified_too(environment, tmp_path):
    connect(environment, "kintsugi_opensearch", conn_type="opensearch", host="s", port=1, extra={"scheme": "https"})
    to_server = opensearch_client(OpenSearchSettings()).transport.get_connection()
    assert (to_server.host, bool(to_server.session.verify)) == ("https://s:1", True)
    own = tmp_path / "ca.pem"
    to_server = opensearch_client(OpenSearchSettings(ca_file=own)).transport.get_connection()
    assert to_server.session.verify == str(own)


@pytest.mark.parametrize("extra", [{}, {"tls": True}, {"ssl": "true"}])
def test_the_authority_of_the_settings_counts_for_a_connection_that_names_none(environment, extra, tmp_path):
    connect(environment, "kintsugi_mongo", conn_type="mongo", host="db", extra=extra)
    with pytest.raises(FileNotFoundError, match="No such file"):
        mongo_client(MongoSettings(ca_file=tmp_path / "own.pem"))


def test_the_authority_of_the_settings_is_not_used_where_the_connection_names_one_or_switches_tls_off(
    environment, tmp_path
):
    import certifi

    for extra, is_secure in (({"tls": True, "tlsCAFile": certifi.where()}, True), ({"tls": False}, False)):
        connect(environment, "kintsugi_mongo", conn_type="mongo", host="db", extra=extra)
        client = mongo_client(MongoSettings(ca_file=tmp_path / "own.pem"))
        assert (client.options.pool_options._ssl_context is not None) == is_secure
        client.close()


def test_the_api_server_finds_a_connection_that_was_made_in_the_ui(airflow_database, environment, settings):
    from airflow.models import Connection
    from airflow.utils.session import create_session

    bind(settings, Place("mongodb://made-in-ui:27017/kintsugi"))
    environment.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")
    with create_session() as session:
        session.add(Connection(conn_id="kintsugi_mongo", conn_type="mongo", host="made-in-ui"))
    try:
        assert place_of(open_platform().settings).records == "mongodb://made-in-ui:27017/kintsugi"
    finally:
        with create_session() as session:
            session.query(Connection).filter_by(conn_id="kintsugi_mongo").delete()


@pytest.mark.parametrize("closing", [1, 2])
def test_hooks_build_clients_that_work(
    environment, settings, mongo_server, mongo_database, opensearch_node, index_prefix, closing
):
    environment.setenv("KINTSUGI_OPENSEARCH__PREFIX", index_prefix)
    connect(
        environment,
        "kintsugi_mongo",
        conn_type="mongo",
        host=mongo_server.host,
        port=mongo_server.port,
        schema=mongo_database,
    )
    connect(
        environment,
        "kintsugi_opensearch",
        conn_type="opensearch",
        host=opensearch_node.host,
        port=opensearch_node.port,
    )
    for _ in range(closing):
        with bridge.opened() as platform:
            platform.records.put([document()])
            platform.index.create("g-1", 4)
            reports = platform.records.describe(), platform.index.describe()
            assert [each.engine for each in reports] == ["MongoDB", "OpenSearch"]
            assert noted(settings) == place_of(platform.settings) != Place()
    from kintsugi.platform import open_platform as open_from_settings

    same = load_settings(
        {
            "KINTSUGI_HOME": str(settings.home),
            "KINTSUGI_MONGO__URI": mongo_server.uri,
            "KINTSUGI_MONGO__DATABASE": mongo_database,
            "KINTSUGI_OPENSEARCH__URL": opensearch_node.url,
            "KINTSUGI_OPENSEARCH__PREFIX": index_prefix,
        }
    )
    platform = open_from_settings(same)
    assert platform.records.count(type(document())) == 1
    assert platform.index.names() == ["g-1"]
    platform.close()
