"""A count is unusual against the same hour of the same kind of day, and a month of noise never is."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.contracts.baseline import Baseline, baselines_of, end_of
from kintsugi.contracts.drift import VolumeDrift
from kintsugi.contracts.profile import hold_to_baseline, keep_committed
from kintsugi.contracts.robust import count_score
from kintsugi.contracts.volume import require_usual_volume
from kintsugi.records import Figures, Incident, PartitionProfile
from kintsugi.sources.partitions import key_at
from tests.builders import RUN, FakeClock

START = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> FakeClock:
    """A time after all of the partitions."""
    return FakeClock((START + timedelta(days=120)).timestamp())


@pytest.fixture(autouse=True)
def entries(settings):
    """An hourly source whose amount is watched."""
    (settings.home / "include").mkdir()
    entry = "kind: tables, partition: hour, options: {path: orders.csv, key: id, watermark: at}"
    other = "kind: files, options: {path: x}"
    text = f"sources:\n  orders: {{{entry}}}\n  runbooks: {{{other}}}\n"
    (settings.home / "include" / "sources.yaml").write_text(text)


@dataclass
class Counted:
    """A source of which only the counts matter, cut by the hour."""

    name: str = "orders"
    complete: bool = True


def usual(at: datetime) -> float:
    """Return the items of an hour: few at night, a fifth at weekends."""
    return (400.0 if 7 <= at.hour < 19 else 25.0) * (0.2 if at.weekday() >= 5 else 1.0)


def noisy(rng: random.Random, at: datetime) -> int:
    return max(0, round(usual(at) * rng.lognormvariate(0, 0.2) + rng.gauss(0, usual(at) ** 0.5)))


def figures(seen: int) -> dict[str, int]:
    return {"seen": seen, "staged": seen, "refused": 0, "characters": seen * 100, "damaged": 0}


def taken_in(platform, every, at, seen):
    key = key_at(every, at.timestamp())
    hold_to_baseline(platform, Counted(), key, figures(seen), RUN)
    keep_committed(platform.records, "orders", key)


def past(platform, rng, days):
    """Store the profiles of these days, as committed ingests leave them."""
    hours = [START + timedelta(hours=n) for n in range(days * 24)]
    platform.records.put(
        PartitionProfile(
            id=f"orders@{at:%Y-%m-%dT%H}",
            source="orders",
            key=f"{at:%Y-%m-%dT%H}",
            state="committed",
            at=at.timestamp(),
            figures=Figures(at=at.timestamp(), seen=noisy(rng, at)),
            lag=60.0,
            run=RUN,
        )
        for at in hours
    )


def test_the_first_ten_days_of_noisy_hours_hold_nothing(platform):
    rng = random.Random(1)
    for n in range(10 * 24):
        at = START + timedelta(hours=n)
        taken_in(platform, "hour", at, noisy(rng, at))


@pytest.mark.parametrize("seed", range(2))
def test_a_month_of_noisy_hours_with_weekends_holds_nothing(platform, seed):
    rng = random.Random(seed)
    past(platform, rng, 30)
    for n in range(28 * 24, 32 * 24, 2):
        at = START + timedelta(hours=n)
        taken_in(platform, "hour", at, noisy(rng, at))


def test_thirty_noisy_days_hold_nothing(platform):
    rng = random.Random(2)
    for n in range(40):
        at = START + timedelta(days=n)
        taken_in(platform, "day", at, round(5000 * (0.1 if at.weekday() >= 5 else 1) * rng.lognormvariate(0, 0.25)))


@pytest.mark.parametrize(
    ("factor", "what"), [(0.2, "far too few"), (0.0, "far too few"), (5.0, "far too many")], ids=["drop", "none", "x5"]
)
@pytest.mark.parametrize("day", [30, 32], ids=["Saturday", "Monday"])
def test_a_drop_of_four_fifths_and_a_repeat_of_five_are_held(platform, factor, what, day):
    past(platform, random.Random(3), 30)
    at = START + timedelta(days=day, hours=10)
    with pytest.raises(VolumeDrift, match=what):
        taken_in(platform, "hour", at, round(usual(at) * factor))
    held = platform.records.get(PartitionProfile, f"orders@{at:%Y-%m-%dT%H}")
    assert held.state == "held"


def test_a_weekend_is_not_held_against_working_days(platform):
    past(platform, random.Random(4), 30)
    saturday = START + timedelta(days=30, hours=10)
    profile = PartitionProfile(
        id="x", source="orders", key=f"{saturday:%Y-%m-%dT%H}", at=0.0, figures=Figures(at=0.0, seen=80), run=RUN
    )
    nearest = baselines_of(platform.records, profile)[0]
    assert nearest.like == "weekend days at 10:00"
    assert 60 < median(each.seen for each in nearest.figures) < 100


def test_after_thirteen_weeks_the_same_weekday_is_the_measure(platform):
    past(platform, random.Random(5), 91)
    at = START + timedelta(days=91, hours=10)
    profile = PartitionProfile(
        id="x", source="orders", key=f"{at:%Y-%m-%dT%H}", at=0.0, figures=Figures(at=0.0), run=RUN
    )
    nearest = baselines_of(platform.records, profile)[0]
    assert (nearest.like, len(nearest.figures)) == ("Thursdays at 10:00", 13)


def test_what_came_in_while_an_incident_was_open_is_left_out(platform):
    past(platform, random.Random(6), 44)
    at = START + timedelta(days=44, hours=10)
    profile = PartitionProfile(
        id="x", source="orders", key=f"{at:%Y-%m-%dT%H}", at=0.0, figures=Figures(at=0.0), run=RUN
    )
    before = len(baselines_of(platform.records, profile)[0].figures)
    saturday = START + timedelta(days=23)
    platform.records.insert(
        Incident(
            id="outage",
            kind="source-outage",
            target="orders",
            state="resolved",
            opened_at=saturday.timestamp(),
            changed_at=0.0,
            closed_at=(saturday + timedelta(days=1)).timestamp(),
        )
    )
    assert len(baselines_of(platform.records, profile)[0].figures) == before - 1


def test_with_fewer_than_eight_like_it_nothing_is_said(platform):
    past(platform, random.Random(7), 1)
    taken_in(platform, "hour", START + timedelta(hours=7), 0)


def test_an_hour_that_is_taken_in_before_its_end_is_neither_judged_nor_a_measure(platform, clock):
    past(platform, random.Random(8), 30)
    at = START + timedelta(days=32, hours=10)
    clock.now = (at + timedelta(minutes=5)).timestamp()
    taken_in(platform, "hour", at, 3)
    assert platform.records.get(PartitionProfile, f"orders@{at:%Y-%m-%dT%H}").state == "listed"


def test_what_a_person_names_on_the_command_line_is_never_judged(platform):
    for n in range(12):
        hold_to_baseline(platform, Counted("cli"), "all", figures(100 if n < 11 else 0), RUN)
        keep_committed(platform.records, "cli", "all")


def test_a_list_of_changes_is_not_judged_and_is_no_measure_of_a_complete_one(platform):
    for complete, seen in [(True, 500)] * 9 + [(False, 3), (True, 480), (False, 90), (True, 510)]:
        hold_to_baseline(platform, Counted("runbooks", complete), "all", figures(seen), RUN)
        keep_committed(platform.records, "runbooks", "all")
    with pytest.raises(VolumeDrift):
        hold_to_baseline(platform, Counted("runbooks"), "all", figures(90), RUN)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=40), st.data())
def test_what_lies_within_everything_seen_before_is_never_unusual(counts, data):
    seen = data.draw(st.integers(min(counts), max(counts)))
    profile = PartitionProfile(id="x", source="s", key="all", at=0.0, figures=Figures(at=0.0, seen=seen), run=RUN)
    require_usual_volume(profile, [Baseline([Figures(at=0.0, seen=each) for each in counts], "")])


def test_a_score_is_one_of_ratios_and_signed():
    values = [90, 100, 110, 95, 105, 100, 98, 102]
    assert count_score(100, values) == 0
    assert count_score(20, values) < -5
    assert count_score(500, values) == pytest.approx(-count_score(19, values), rel=0.05)
    assert end_of("2026-10-01T23") == end_of("2026-10-01")
    assert end_of("all") is None
