"""From where to where follows from the settings and from what the platform's folder belongs to."""

import pytest

from kintsugi.errors import ConfigurationError
from kintsugi.migrate.route import route
from kintsugi.settings import load_settings
from kintsugi.stores.binding import EMBEDDED
from kintsugi.stores.place import Place, place_of

MONGO = {"KINTSUGI_MONGO__URI": "mongodb://db:27017"}
OPENSEARCH = {"KINTSUGI_OPENSEARCH__URL": "https://search:9200"}
BOTH = Place("mongodb://db:27017/kintsugi", "https://search:9200/kintsugi-*")


def named(*variables, **more):
    environ = {"KINTSUGI_HOME": "/nowhere", **more}
    for each in variables:
        environ |= each
    return load_settings(environ)


@pytest.mark.parametrize(
    ("settings", "goal", "bound", "only", "source", "target", "moves"),
    [
        (named(MONGO, OPENSEARCH), "engines", EMBEDDED, None, EMBEDDED, BOTH, ("records", "index")),
        (named(MONGO, OPENSEARCH), "engines", None, None, EMBEDDED, BOTH, ("records", "index")),
        (named(MONGO), "engines", EMBEDDED, None, EMBEDDED, Place(BOTH.records), ("records",)),
        (named(MONGO, OPENSEARCH), "engines", EMBEDDED, "index", EMBEDDED, Place("", BOTH.index), ("index",)),
        (named(MONGO, OPENSEARCH), "engines", Place(BOTH.records), None, Place(BOTH.records), BOTH, ("index",)),
        (named(MONGO, OPENSEARCH), "embedded", BOTH, None, BOTH, EMBEDDED, ("records", "index")),
        (named(MONGO, OPENSEARCH), "embedded", None, None, BOTH, EMBEDDED, ("records", "index")),
        (named(MONGO, OPENSEARCH), "embedded", BOTH, "index", BOTH, Place(BOTH.records), ("index",)),
        (named(MONGO), "embedded", Place(BOTH.records), None, Place(BOTH.records), EMBEDDED, ("records",)),
    ],
)
def test_what_is_moved_and_what_stays(settings, goal, bound, only, source, target, moves):
    taken = route(settings, goal, bound, only)
    assert (place_of(taken.source), place_of(taken.target), taken.moves) == (source, target, moves)


@pytest.mark.parametrize(
    ("settings", "goal", "bound", "only", "said"),
    [
        (named(), "engines", EMBEDDED, None, "name no engine elsewhere.*KINTSUGI_MONGO__URI"),
        (named(), "embedded", BOTH, None, "name no engine elsewhere"),
        (named(MONGO, OPENSEARCH), "engines", BOTH, None, "nothing to move"),
        (named(MONGO, OPENSEARCH), "embedded", EMBEDDED, None, "nothing to move"),
        (named(MONGO), "engines", EMBEDDED, "index", "nothing to move"),
        (named(MONGO), "engines", Place("mongodb://old:27017/kintsugi"), None, "nothing to move|third place"),
        (named(MONGO), "embedded", Place("mongodb://old:27017/kintsugi"), None, "third place.*mongodb://old:27017"),
        (named(MONGO), "embedded", BOTH, None, "third place"),
    ],
)
def test_what_cannot_be_moved_is_said_with_what_to_set(settings, goal, bound, only, said):
    with pytest.raises(ConfigurationError, match=said):
        route(settings, goal, bound, only)
