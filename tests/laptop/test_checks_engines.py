"""An engine that doesn't answer, and engines that not everybody means, are told with the next step."""

import time

import pytest
from pymongo import MongoClient

from kintsugi.errors import ConfigurationError
from kintsugi.laptop.checks import check_records
from kintsugi.laptop.checks_engines import (
    asked_engines,
    check_login,
    check_place,
    checks_of_the_engines,
    require_engines,
    require_same_connections,
)
from kintsugi.laptop.checks_running import addresses_of, check_connections
from kintsugi.laptop.ports import free_port
from kintsugi.observe.engines import engines
from kintsugi.settings import load_settings
from kintsugi.stores.binding import note_path


@pytest.fixture
def unreachable(settings):
    """Settings that name two ports on which nothing listens."""
    port = free_port("127.0.0.1", 40_000)
    return load_settings(
        {
            "KINTSUGI_HOME": str(settings.home),
            "KINTSUGI_MONGO__URI": f"mongodb://127.0.0.1:{port}",
            "KINTSUGI_MONGO__TIMEOUT": "0.5",
            "KINTSUGI_OPENSEARCH__URL": f"http://127.0.0.1:{port}",
            "KINTSUGI_OPENSEARCH__TIMEOUT": "0.5",
        }
    )


def test_embedded_engines_are_fine_and_need_no_look_before_a_start(settings):
    checks = checks_of_the_engines(settings, asked_engines(settings))
    assert [(each.name, each.verdict) for each in checks] == [
        ("records engine", "ok"),
        ("index engine", "ok"),
        ("place", "ok"),
    ]
    assert "SQLite" in checks[0].said
    assert "LanceDB" in checks[1].said
    require_engines(settings)


def test_engines_that_do_not_answer_fail_within_seconds_and_keep_the_platform_from_starting(unreachable):
    begun = time.monotonic()
    records, index, _ = checks_of_the_engines(unreachable, asked_engines(unreachable))
    assert time.monotonic() - begun < 10
    assert (records.verdict, index.verdict) == ("fail", "fail")
    assert all(each.next_step for each in (records, index))
    assert check_records(unreachable).verdict == "fail"
    with pytest.raises(ConfigurationError, match="records engine: can't be used"):
        require_engines(unreachable)


def test_an_engine_that_does_not_answer_is_a_report_with_its_address(platform, unreachable):
    broken = type(platform)(unreachable)
    records, index = engines(broken)
    assert records.where == f"{unreachable.mongo.uri}/kintsugi"
    assert index.where == f"{unreachable.opensearch.url}/kintsugi-*"
    assert records.error
    assert index.to_dict()["error"] == index.error != ""
    assert [each.error for each in engines(platform)] == ["", ""]


def test_settings_that_name_other_engines_than_the_folder_belongs_to_fail(settings):
    assert check_place(settings).verdict == "ok"
    note_path(settings).write_text('{"records": "mongodb://db:27017/kintsugi", "index": ""}')
    check = check_place(settings)
    assert check.verdict == "fail"
    assert "KINTSUGI_MONGO__URI=mongodb://db:27017" in check.next_step
    note_path(settings).write_text("[]")
    assert "can't be understood" in check_place(settings).said


def test_a_connection_to_another_engine_than_the_settings_name_is_refused_with_what_to_set(settings):
    told = [
        {"connection_id": "kintsugi_airflow", "host": "localhost", "port": 8080},
        {"connection_id": "kintsugi_mongo", "host": "db", "port": 27017, "schema": None, "extra": None},
    ]
    with pytest.raises(ConfigurationError, match="set KINTSUGI_MONGO__URI=mongodb://db:27017"):
        require_same_connections(settings, addresses_of(told))
    assert check_connections(settings, addresses_of(told)).verdict == "fail"
    same = load_settings({"KINTSUGI_HOME": str(settings.home), "KINTSUGI_MONGO__URI": "mongodb://db"})
    assert check_connections(same, addresses_of(told)).said == "kintsugi_mongo"
    assert check_connections(settings, addresses_of(told[:1])).verdict == "ok"


def test_a_login_that_travels_in_the_clear_is_warned_of(settings):
    def checked(url: str, **login: str) -> list[str]:
        named = {f"KINTSUGI_OPENSEARCH__{key.upper()}": value for key, value in {"url": url, **login}.items()}
        there = load_settings({"KINTSUGI_HOME": str(settings.home), **named})
        return [f"{each.verdict}: {each.said}" for each in check_login(there)]

    (warning,) = checked("http://search:9200", username="reader", password="hush")
    assert "warn: opensearch.username and its password go unencrypted to search:9200" in warning
    assert checked("http://search:9200") == []
    assert checked("https://search:9200", username="reader") == []
    assert checked("http://127.0.0.1:9200", username="reader") == []


def test_the_doctor_writes_nothing_to_a_database_that_nobody_uses_yet(settings, mongo_server, mongo_database):
    there = load_settings(
        {
            "KINTSUGI_HOME": str(settings.home),
            "KINTSUGI_MONGO__URI": mongo_server.uri,
            "KINTSUGI_MONGO__DATABASE": mongo_database,
        }
    )
    checks = checks_of_the_engines(there, asked_engines(there))
    assert [each.verdict for each in checks] == ["ok"] * 3
    assert check_records(there).said.startswith("0 documents")
    with MongoClient(mongo_server.uri) as client:
        assert client[mongo_database].list_collection_names() == []
