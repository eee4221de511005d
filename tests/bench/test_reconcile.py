"""The benchmark of reconcile, small."""

import pytest

from kintsugi.bench import reconcile as bench
from kintsugi.bench.reconcile import _empty as empty
from kintsugi.bench.reconcile import _platform as opened
from kintsugi.bench.reconcile import measure
from kintsugi.errors import ConfigurationError
from kintsugi.records import RECORDS, Reconciliation, Suspect


def test_a_few_drifted_chunks_are_found_and_repaired_by_reading_few_rows(settings):
    said = []
    (row,) = measure(settings, records=4000, drifted=9, engines="embedded", say=said.append)
    assert (row["records"], row["drifted"], row["differing_full_scan"], row["repaired"]) == (4000, 9, 9, 9)
    assert row["rows_full_scan"] == 4000 + 4000 - 3 + 3
    assert 9 <= row["rows_read"] < 200
    assert (row["second_pass_writes"], row["equal"]) == (0, 1)
    assert said[0].startswith("filled 4000 of 4000")


def test_real_engines_are_left_without_a_record_or_an_index_of_it(settings, monkeypatch):
    """Shown on embedded ones, emptied as real ones are."""
    emptied = []

    def empty_and_count(platform):
        assert platform.records.count(Reconciliation) == 1
        platform.records.put([Suspect(id="of a killed run", target="t", item="i", first_seen=1.0)])
        empty(platform)
        emptied.append(({kind.__name__ for kind in RECORDS if platform.records.count(kind)}, platform.index.names()))

    monkeypatch.setattr(bench, "_platform", lambda settings, place, engines: opened(settings, place, "embedded"))
    monkeypatch.setattr(bench, "_empty", empty_and_count)
    list(measure(settings, records=200, drifted=3, engines="real", say=lambda progress: None))
    assert [(kinds, list(names)) for kinds, names in emptied] == [(set(), [])]


def test_nothing_of_the_users_is_touched(settings):
    list(measure(settings, records=200, drifted=3, engines="embedded", say=lambda progress: None))
    assert not settings.records_path.exists()
    assert not settings.index_path.exists()


@pytest.mark.parametrize(("engines", "message"), [("fast", "embedded or real"), ("real", "mongo.uri")])
def test_engines_that_are_not_there_are_said_so(settings, engines, message):
    with pytest.raises(ConfigurationError, match=message):
        next(measure(settings, records=200, drifted=3, engines=engines, say=lambda progress: None))
