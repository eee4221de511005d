"""What looked wrong once, kept between two looks."""

import tracemalloc

import pytest

from kintsugi.documents.identity import digest
from kintsugi.index.suspects import HeldSuspects, StoredSuspects

MANY = 50_000


@pytest.fixture(params=["held", "stored"])
def suspects(request, platform):
    return HeldSuspects() if request.param == "held" else StoredSuspects(platform.records, "g")


def kept(suspects) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, page in suspects.pages():
        found.setdefault(kind, []).extend(page)
    return found


def test_a_new_look_takes_the_place_of_the_one_before(suspects, clock):
    suspects.keep([("missing", "a"), ("stale", "b"), ("missing", "a")])
    clock.advance(1)
    suspects.keep([("orphaned", "c"), ("missing", "d")])
    assert kept(suspects) == {"missing": ["d"], "orphaned": ["c"]}
    suspects.clear()
    assert kept(suspects) == {}


def test_pages_may_be_dropped_while_they_are_walked_through(suspects):
    ids = [f"{number:05}" for number in range(1_200)]
    suspects.keep(("stale", id) for id in ids)
    walked = []
    for kind, page in suspects.pages():
        walked += page
        suspects.drop(kind, page)
    assert sorted(walked) == ids
    assert kept(suspects) == {}


def test_a_look_that_writes_nothing_stays_flat_in_memory_however_much_is_wrong():
    tracemalloc.start()
    try:
        suspects = HeldSuspects()
        suspects.keep(("missing", digest(str(number))) for number in range(MANY))
        count = sum(len(page) for _, page in suspects.pages())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == MANY
    assert peak < 1_000_000
