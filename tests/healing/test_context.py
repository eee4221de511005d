"""Which alerts stand beside an incident."""

import pytest

from kintsugi.healing.context import SILENCE, SPAN, alerts_around, context_of, in_words
from kintsugi.records import Incident
from kintsugi.sources.alertmanager.receiving import receive
from kintsugi.sources.alertmanager.report import Report

OPENED = 1_000_000.0
SOURCES = "sources:\n  alerts: {{kind: alerts, partition: hour, labels: {{access: [{access}]}}}}\n"


def incident() -> Incident:
    return Incident(id="i", kind="source-outage", target="orders", opened_at=OPENED, changed_at=OPENED)


def fired(name: str, started: float, ended: float | None, severity: str = "warning") -> Report:
    end = None if ended is None else OPENED + ended
    return Report({"alertname": name, "severity": severity}, OPENED + started, end, {"summary": f"{name} is\nbad"})


def names(platform, *reports: Report, **options) -> list[str]:
    receive(platform.records, "alerts", reports)
    return [each["name"] for each in alerts_around(platform.records, incident(), sources={"alerts"}, **options)]


def test_alerts_that_overlap_the_opening_are_found_and_no_others(platform):
    found = names(
        platform,
        fired("over before", -5000, -SPAN - 1),
        fired("ends just within", -5000, -SPAN),
        fired("begins just within", SPAN, SPAN + 10),
        fired("begins after", SPAN + 1, 2 * SPAN),
        fired("spans it", -5000, 5000),
        fired("still fires", -5000, None),
        fired("will fire", SPAN + 1, None),
    )
    assert sorted(found) == ["begins just within", "ends just within", "spans it", "still fires"]


def test_the_most_severe_come_first_then_the_nearest_and_the_rest_is_cut(platform):
    found = names(
        platform,
        fired("told", 0, None, "info"),
        fired("odd", 0, None, "purple"),
        fired("far", -800, None),
        fired("near", -8, None),
        fired("worst", -800, None, "Critical"),
        limit=4,
    )
    assert found == ["worst", "near", "far", "odd"]


def test_an_alert_that_nobody_repeated_fires_no_more(platform, clock):
    clock.now = OPENED - SPAN - SILENCE - 1
    assert names(platform, fired("forgotten", -50_000, None)) == []
    clock.now += 1
    assert names(platform, fired("repeated", -50_000, None)) == ["repeated"]


def test_what_is_shown_of_an_alert_is_short_and_plain(platform):
    report = Report(
        {"alertname": "Disk", "severity": "critical"},
        OPENED,
        annotations={"description": "x" * 5000, "runbook_url": "javascript:alert(1)"},
        url="https://prometheus/graph",
    )
    receive(platform.records, "alerts", [report])
    (shown,) = alerts_around(platform.records, incident(), sources={"alerts"})
    assert len(shown["summary"]) == 300
    assert (shown["runbook"], shown["url"], shown["state"]) == ("", "https://prometheus/graph", "firing")
    assert (shown["started_at"], shown["ended_at"]) == (OPENED, None)


def test_a_line_tells_when_an_alert_began_and_ended_seen_from_the_opening(platform):
    receive(platform.records, "alerts", [fired("Disk", -70, 5), Report({"alertname": "Odd"}, OPENED)])
    lines = [in_words(each, OPENED) for each in alerts_around(platform.records, incident(), sources={"alerts"})]
    assert lines == [
        "Disk (warning): Disk is bad; began 1 min 10 s before, ended 5 s after",
        "Odd; began 0 s before, fires still",
    ]


@pytest.mark.parametrize(("access", "shown"), [("everyone", ["Disk"]), ("ops", [])])
def test_only_alerts_that_everybody_may_read_stand_in_a_diagnosis(platform, access, shown):
    write_sources(platform, SOURCES.format(access=access))
    receive(platform.records, "alerts", [fired("Disk", 0, None)])
    receive(platform.records, "taken away", [fired("Other", 0, None)])
    assert [each["name"] for each in context_of(platform, incident()).get("alerts", [])] == shown


def test_a_broken_sources_file_does_not_stop_a_repair(platform):
    write_sources(platform, "no sources")
    assert context_of(platform, incident()) == {}


def write_sources(platform, text: str) -> None:
    path = platform.settings.home / "include" / "sources.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
