"""The view of the sources: complete, bounded, and a view still where the file is wrong."""

from datetime import UTC, datetime
from functools import partial

import pytest

from kintsugi.observe import sources_view as view_module
from kintsugi.observe.sources_view import PARTITIONS, sources_view
from kintsugi.sources.partitions import key_at
from tests import builders
from tests.builders import chunk, document, refused

NOW = datetime(2026, 11, 24, 19, 30, tzinfo=UTC).timestamp()


@pytest.fixture
def at_work(platform, clock):
    clock.now = NOW
    return platform.using(records=Standing(platform.records))


class Standing:
    """Real records whose time stands still."""

    def __init__(self, inner):
        self.inner = inner

    def now(self):
        return NOW

    def __getattr__(self, name):
        return getattr(self.inner, name)


partition = partial(builders.partition, at=NOW)


def sources_file(settings, text):
    path = settings.home / "include" / "sources.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def seen(platform, name):
    return next(each for each in sources_view(platform).sources if each.source == name)


def test_a_configured_source_is_there_before_it_brought_anything(at_work):
    airflow = seen(at_work, "airflow")
    assert (airflow.registered, airflow.kind, airflow.every, airflow.connection) == (
        True,
        "airflow",
        "hour",
        "kintsugi_airflow",
    )
    assert (airflow.freshness.state, airflow.last, airflow.runs) == ("never", None, ())


def test_amounts_refusals_gaps_and_held_partitions_are_counted(at_work):
    owner = document("a.md", source="inbox")
    at_work.records.put([owner, chunk(of=owner), refused(), refused("gone.md", state="dropped")])
    at_work.records.put(
        [
            partition("inbox", "all", state="held", error_class="DataError", error="too much is gone; next: look"),
            partition("airflow", "2026-11-24T17", state="failed", error_class="SourceUnavailable", error="503"),
        ]
    )
    inbox = seen(at_work, "inbox")
    assert (inbox.documents, inbox.chunks, inbox.refused, inbox.held, inbox.gaps) == (1, 1, 1, 1, 0)
    assert inbox.troubles[0].error.endswith("next: look")
    assert seen(at_work, "airflow").gaps == 1


def test_the_newest_hours_are_shown_although_a_backfill_of_old_ones_came_later(at_work):
    step = 3600.0
    at_work.records.put(partition(key=key_at("hour", NOW - n * step), changed_at=NOW - n) for n in range(1, 60))
    at_work.records.put(partition(key=key_at("hour", NOW - n * step), changed_at=NOW + n) for n in range(2000, 2100))
    airflow = seen(at_work, "airflow")
    assert len(airflow.partitions) == PARTITIONS
    assert airflow.partitions[-1].key == "2026-11-24T18"
    assert airflow.freshness.state == "fresh"
    assert airflow.runs[0].at == NOW + 2099, "the last runs are the last ones, whatever they loaded"


def test_a_source_that_has_been_silent_for_long_still_shows_its_last_partitions(at_work):
    at_work.records.put([partition(key="2026-10-01T03"), partition(key="2026-10-01T04")])
    airflow = seen(at_work, "airflow")
    assert [each.key for each in airflow.partitions] == ["2026-10-01T03", "2026-10-01T04"]
    assert airflow.freshness.state == "late"


def test_what_was_brought_by_hand_is_shown_after_the_files_sources(at_work):
    at_work.records.put([partition("wiki", "%2Fsrv%2Fwiki")])
    assert [each.source for each in sources_view(at_work).sources] == ["airflow", "runbooks", "inbox", "wiki"]
    assert seen(at_work, "wiki").registered is False


def test_an_entry_that_cannot_be_used_is_named_with_its_line_and_the_others_are_shown(at_work):
    sources_file(
        at_work.settings,
        "sources:\n  good:\n    kind: files\n    options: {path: x}\n  bad:\n    kind: fils\n",
    )
    view = sources_view(at_work)
    assert [each.source for each in view.sources] == ["good"]
    assert "sources.yaml, line 6" in view.errors[0].what
    assert "files" in view.errors[0].expected


def test_a_file_that_is_no_yaml_hides_nothing_that_came_in(at_work):
    at_work.records.put([partition("inbox", "all")])
    sources_file(at_work.settings, "sources: [")
    view = sources_view(at_work)
    assert len(view.errors) == 1
    assert [each.source for each in view.sources] == ["inbox"]


def test_a_look_reads_no_more_of_a_source_with_thousands_of_partitions(at_work, monkeypatch):
    asked = []
    monkeypatch.setattr(view_module, "PARTITIONS", 4)

    class Counting(Standing):
        def latest(self, kind, by, where=None, *, limit=50):
            found = self.inner.latest(kind, by, where, limit=limit)
            asked.append(len(found))
            return found

        def scan(self, kind, where=None, *, after="", limit=None):
            assert limit is not None
            found = list(self.inner.scan(kind, where, after=after, limit=limit))
            asked.append(len(found))
            return iter(found)

    at_work.records.put(partition(key=key_at("hour", NOW - n * 3600)) for n in range(1, 3000))
    sources_view(at_work.using(records=Counting(at_work.records)))
    assert max(asked) <= view_module.SAMPLE
    assert sum(asked) < 2 * view_module.SAMPLE
