"""Alerts as documents: what is told of them is kept, in whatever order and however often it is told."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.documents.intake import ingest
from kintsugi.errors import DataError, TerminalError
from kintsugi.records import Labels
from kintsugi.sources.alertmanager.account import account_of, duration, title_of
from kintsugi.sources.alertmanager.receiving import HEARD_EVERY, Kept, after, receive
from kintsugi.sources.alertmanager.report import Report, listing_of, notification_of
from kintsugi.sources.alertmanager.source import AlertsSource
from tests.builders import RUN
from tests.sources.alerts_told import (
    ENDED,
    HOUR,
    NEXT,
    at,
    documents,
    kept,
    listed,
    message,
    tell,
    told,
)


@pytest.fixture
def source(platform, clock) -> AlertsSource:
    clock.now = at("2026-11-24T19:52:00")
    return AlertsSource("alerts", lambda: platform.records, labels=Labels(), max_bytes=100_000)


# What is told.


def test_a_notification_and_a_listing_tell_of_the_same_alert(platform, source):
    assert tell(platform, told()) == Kept(new=1)
    assert receive(platform.records, "alerts", listing_of(json.dumps([listed()]).encode()).reports) == Kept(known=1)
    (alert,) = kept(platform)
    assert (alert.name, alert.state, alert.started_at) == ("HighLatency", "firing", 1795549800.123)
    assert alert.url == "http://prometheus:9090/graph?g0.expr=x"


def test_an_alert_told_twice_is_kept_once_and_nothing_is_written(platform, source):
    tell(platform, told())
    before = kept(platform)
    assert tell(platform, told(), told()) == Kept(known=1)
    assert kept(platform) == before


def test_that_an_alert_was_heard_of_again_is_noted_now_and_then(platform, source, clock):
    tell(platform, told())
    clock.advance(HEARD_EVERY)
    assert tell(platform, told()) == Kept(known=1)
    (alert,) = kept(platform)
    assert (alert.heard_at, alert.changed_at) == (clock.now, clock.now - HEARD_EVERY)


def test_a_resolved_alert_never_fires_again_for_the_same_start(platform, source):
    tell(platform, told())
    assert tell(platform, told(status="resolved", endsAt=ENDED)) == Kept(changed=1)
    assert tell(platform, told()) == Kept(known=1)
    (alert,) = kept(platform)
    assert (alert.state, alert.ended_at, alert.ended_in) == ("resolved", at("2026-11-24T20:10:05"), NEXT)


def test_another_start_of_the_same_alert_is_another_alert(platform, source):
    tell(platform, told(), told(startsAt="2026-11-24T19:51:00Z"))
    assert len(kept(platform)) == 2


def test_many_who_tell_at_once_leave_one_alert_in_its_last_state(platform, source):
    messages = [told(), told(status="resolved", endsAt=ENDED)] * 4
    with ThreadPoolExecutor(len(messages)) as pool:
        new = sum(kept.new for kept in pool.map(lambda each: tell(platform, each), messages))
    (alert,) = kept(platform)
    assert (new, alert.state) == (1, "resolved")


@given(st.lists(st.sampled_from([None, 10.0, 20.0, 30.0]), min_size=1, max_size=5))
def test_reports_in_any_order_come_to_the_same_end(ends):
    reports = [Report({"alertname": "x"}, started_at=5.0, ended_at=end) for end in ends]

    def final(order) -> tuple[Any, ...]:
        alert = None
        for report in order:
            alert = after(alert, "alerts", "id", report, now=100.0)
        return (alert.ended_at, alert.ended_in)

    assert len({final(order) for order in permutations(reports)}) == 1


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"", "its beginning"),
        (b'{"error": "bad gateway"}', "version"),
        (message(told(), version="3"), "version"),
        (message({"status": "firing"}), "alerts.0.labels"),
        (message(told(status="odd")), "alerts.0.status"),
        (message(told(startsAt="yesterday")), "alerts.0.startsAt"),
        (message(told(startsAt="2026-11-24T19:50:00")), "alerts.0.startsAt"),
        (message(told(startsAt="0001-01-01T00:00:00Z")), "alerts.0.startsAt"),
        (message(told(startsAt="9999-12-31T23:00:00-14:00")), "alerts.0.startsAt"),
        (message(told(status="resolved")), "alerts.0"),
        (message(told(labels={"a": 1})), "alerts.0.labels.a"),
        (message(told(labels={"a": "x"})).replace(b'"x"', b'"\\ud800"'), "its beginning"),
        (b"[" * 100_000, "its beginning"),
    ],
)
def test_what_is_no_notification_is_refused_by_place(body, place):
    with pytest.raises(DataError, match=f"at {place}; expected the body of an Alertmanager webhook"):
        notification_of(body)


def test_what_a_later_alertmanager_adds_does_no_harm_and_what_it_left_out_is_counted():
    notification = notification_of(message(told(novelty={"x": 1}), truncatedAlerts=3, groupLabels={}))
    assert (len(notification.reports), notification.truncated) == (1, 3)


def test_an_alert_that_can_not_be_read_keeps_no_other_out_of_a_notification():
    notification = notification_of(message(told(status="odd"), told(), told(labels={"a": 1}), 7))
    assert len(notification.reports) == 1
    assert [each.partition(": ")[0] for each in notification.refused] == [
        "alerts.0.status",
        "alerts.2.labels.a",
        "alerts.3",
    ]


def test_an_alert_that_ended_before_it_began_lasted_no_time(platform, source):
    tell(platform, told(status="resolved", endsAt="2026-11-24T19:00:00Z"))
    (alert,) = kept(platform)
    assert alert.ended_at == alert.started_at


# What becomes of it.


def test_the_account_of_an_alert_tells_course_words_and_labels(platform, source):
    runbook = {"runbook_url": "https://runbooks/latency", "dashboard": "grafana/1", "empty": " "}
    resolved = {"status": "resolved", "endsAt": ENDED}
    tell(platform, told(annotations=told()["annotations"] | runbook, **resolved))
    (alert,) = kept(platform)
    assert account_of(alert) == (
        "# HighLatency: p99 over 2 s\n\n"
        "Alert `HighLatency` (severity **critical**) began to fire at 2026-11-24 19:50:00 UTC "
        "and was resolved at 2026-11-24 20:10:05 UTC, after 20 min 5 s.\n\n"
        "p99 over 2 s\n\nLatency of api-1\n\\# is high.\n\nRunbook: https://runbooks/latency\n\n"
        "## Labels\n\n- `alertname`: HighLatency\n- `instance`: api-1:9100\n- `severity`: critical\n\n"
        "## Annotations\n\n- `dashboard`: grafana/1\n"
    )


def test_an_alert_without_words_is_told_all_the_same(platform, source):
    tell(platform, told(labels={}, annotations={}))
    (alert,) = kept(platform)
    assert title_of(alert) == "unnamed"
    assert account_of(alert) == (
        "# unnamed\n\nAlert `unnamed` began to fire at 2026-11-24 19:50:00 UTC; its end is not known.\n"
    )


def test_words_make_no_headings_and_open_no_code(platform, source):
    from kintsugi.documents.formats.markdown import parse_markdown

    nasty = "Title\n=====\n```\n## not a heading\nx\n---\n# neither"
    tell(platform, told(annotations={"description": nasty}, labels={"alertname": "a\n# c"}))
    (alert,) = kept(platform)
    parsed = parse_markdown(account_of(alert), "x", "text/markdown")
    assert [each.title for each in parsed.headings] == ["a # c", "Labels"]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "0 s"), (59.6, "1 min 0 s"), (3600, "1 h 0 min 0 s"), (90061, "25 h 1 min 1 s")]
)
def test_time_spans_are_told_to_the_second(seconds, words):
    assert duration(seconds) == words


def test_an_alert_is_told_where_it_began_and_anew_where_it_ended(platform, source, clock):
    tell(platform, told())
    clock.now = at("2026-11-24T20:01:00")
    first = ingest(platform, source, HOUR, RUN)
    assert (first.written, documents(platform)) == (1, {"HighLatency: p99 over 2 s": "firing"})
    tell(platform, told(status="resolved", endsAt=ENDED))
    clock.now = at("2026-11-24T21:01:00")
    assert ingest(platform, source, NEXT, RUN.model_copy(update={"run_id": "2"})).written == 1
    assert documents(platform) == {"HighLatency: p99 over 2 s": "resolved"}
    again = ingest(platform, source, HOUR, RUN.model_copy(update={"run_id": "3"}))
    assert (again.written, again.skipped, again.deleted) == (0, 1, 0)


def test_an_alert_heard_of_late_is_told_in_the_hour_in_which_it_was_heard_of(platform, source, clock):
    clock.now = at("2026-11-26T08:30:00")
    tell(platform, told(status="resolved", endsAt=ENDED))
    assert [len(list(source.items(hour))) for hour in (HOUR, NEXT, "2026-11-24T21", "2026-11-26T08")] == [1, 1, 0, 1]


def test_an_alert_from_a_clock_ahead_is_not_missed(platform, source):
    tell(platform, told(startsAt="2027-01-01T00:00:00Z"))
    assert len(list(source.items(HOUR))) == 1


def test_a_day_has_the_alerts_of_its_hours_once_each(platform, source):
    tell(platform, told(), told(status="resolved", endsAt=ENDED), told(startsAt="2026-11-24T03:00:00Z"))
    day = AlertsSource("alerts", lambda: platform.records, every="day", labels=Labels(), max_bytes=100_000)
    items = list(day.items("2026-11-24"))
    assert len(items) == len({each.external_id for each in items}) == 2
    assert list(day.items("2026-11-23")) == []


def test_alerts_of_another_source_are_not_listed(platform, source):
    receive(platform.records, "other", notification_of(message(told())).reports)
    assert list(source.items(HOUR)) == []


def test_one_alert_is_found_for_a_replay(platform, source):
    tell(platform, told())
    (item,) = source.items(HOUR)
    found = source.item(HOUR, item.external_id)
    assert found is not None
    assert (found.raw_digest, found.read()) == (item.raw_digest, item.read())
    assert source.item(HOUR, "HighLatency/0000") is None


def test_an_alert_with_an_endless_description_is_refused_and_the_others_go_on(platform, source):
    tell(platform, told(annotations={"description": "x" * 10_000_000}), told(startsAt="2026-11-24T19:51:00Z"))
    outcome = ingest(platform, source, HOUR, RUN)
    assert (outcome.written, outcome.refused) == (1, 1)


def test_a_window_is_ready_a_minute_after_its_end(source):
    assert not source.partition_ready(HOUR, at("2026-11-24T20:00:59"))
    assert source.partition_ready(HOUR, at("2026-11-24T20:01:00"))
    with pytest.raises(TerminalError, match="like 2026-11-24T19"):
        source.partition_ready("all", 0)
