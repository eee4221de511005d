"""The benchmark of reconcile, small."""

import pytest

from kintsugi.bench.reconcile import measure
from kintsugi.errors import ConfigurationError


def test_a_few_drifted_chunks_are_found_and_repaired_by_reading_few_rows(settings):
    said = []
    (row,) = measure(settings, records=4000, drifted=9, engines="embedded", say=said.append)
    assert (row["records"], row["drifted"], row["differing_full_scan"], row["repaired"]) == (4000, 9, 9, 9)
    assert row["rows_full_scan"] == 4000 + 4000 - 3 + 3
    assert 9 <= row["rows_read"] < 200
    assert (row["second_pass_writes"], row["equal"]) == (0, 1)
    assert said[0].startswith("filled 4000 of 4000")


def test_nothing_of_the_users_is_touched(settings):
    list(measure(settings, records=200, drifted=3, engines="embedded", say=lambda progress: None))
    assert not settings.records_path.exists()
    assert not settings.index_path.exists()


@pytest.mark.parametrize(("engines", "message"), [("fast", "embedded or real"), ("real", "mongo.uri")])
def test_engines_that_are_not_there_are_said_so(settings, engines, message):
    with pytest.raises(ConfigurationError, match=message):
        next(measure(settings, records=200, drifted=3, engines=engines, say=lambda progress: None))
