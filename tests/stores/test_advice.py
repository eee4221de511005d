"""What is said to be set names the very place, and what is said to be run moves what is meant."""

import re
import shlex

import pytest

from kintsugi.settings import load_settings
from kintsugi.stores.advice import commands_for, moving, settings_for
from kintsugi.stores.place import Place, place_of

MONGO = "mongodb://[::1]:27017,db:27018/ops-1"
SEARCH = "https://a:9200,https://b:9200/kintsugi-2-*"


@pytest.mark.parametrize("place", [Place(MONGO, SEARCH), Place(MONGO), Place("", SEARCH), Place()], ids=str)
def test_what_is_to_be_typed_leads_to_the_place_and_mentions_each_login(tmp_path, place):
    typed = commands_for(place)
    exported = re.search(r"`export (.*?)`", typed)
    unset = re.search(r"`unset (.*?)`", typed)
    environ = {"KINTSUGI_MONGO__URI": "mongodb://left-over", "KINTSUGI_OPENSEARCH__URL": "https://left-over"}
    for name in shlex.split(unset[1]) if unset else []:
        del environ[name]
    environ |= dict(each.split("=", 1) for each in shlex.split(exported[1])) if exported else {}
    assert place_of(load_settings({"KINTSUGI_HOME": str(tmp_path), **environ})) == place
    assert ("KINTSUGI_MONGO__PASSWORD_FILE" in typed) == bool(place.records)
    assert ("KINTSUGI_OPENSEARCH__PASSWORD_FILE" in typed) == bool(place.index)


def test_what_is_lacking_is_named_as_a_setting():
    assert settings_for(Place()) == "no mongo.uri and no opensearch.url"
    assert settings_for(Place(MONGO), ["index"]) == "no opensearch.url"


@pytest.mark.parametrize(
    ("bound", "wanted", "roles", "commands"),
    [
        (Place(), Place(MONGO, SEARCH), ["records", "index"], ["kintsugi migrate"]),
        (Place(MONGO), Place(MONGO, SEARCH), ["index"], ["kintsugi migrate --only index"]),
        (Place(MONGO, SEARCH), Place(), ["records", "index"], ["kintsugi migrate --to embedded"]),
        (
            Place(MONGO, SEARCH),
            Place(MONGO, "https://a:9200/other-*"),
            ["index"],
            ["kintsugi migrate --to embedded --only index", "kintsugi migrate --only index"],
        ),
    ],
)
def test_between_two_servers_one_moves_by_way_of_the_embedded_engines(bound, wanted, roles, commands):
    assert re.findall(r"`(.*?)`", moving(bound, wanted, roles)) == commands
