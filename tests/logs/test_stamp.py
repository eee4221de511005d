"""The usual ways to write a time are read."""

from datetime import UTC, datetime

import pytest

from kintsugi.logs.stamp import Clock

NOW = datetime(2026, 3, 1, tzinfo=UTC).timestamp()


def at(*parts):
    return datetime(*parts, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("line", "time", "rest"),
    [
        ("2015-10-18 18:01:47,978 INFO x", at(2015, 10, 18, 18, 1, 47, 978000), " INFO x"),
        ("2026-01-02T03:04:05.5Z x", at(2026, 1, 2, 3, 4, 5, 500000), " x"),
        ("[2026-01-02T03:04:05+0200] x", at(2026, 1, 2, 1, 4, 5), " x"),
        ("<34>1 2003-10-11T22:14:15.003Z host su", at(2003, 10, 11, 22, 14, 15, 3000), " host su"),
        ("Feb  9 06:06:20 combo sshd[1]: x", at(2026, 2, 9, 6, 6, 20), " sshd[1]: x"),
        ("Dec 31 23:59:59 combo sshd[1]: x", at(2025, 12, 31, 23, 59, 59), " sshd[1]: x"),
        ("[Sun Dec 04 04:47:44 2005] [notice] x", at(2005, 12, 4, 4, 47, 44), " [notice] x"),
        ("17/06/09 20:10:40 INFO x", at(2017, 6, 9, 20, 10, 40), " INFO x"),
        ("I0102 15:04:05.678901 1 f.go:12] x", at(2026, 1, 2, 15, 4, 5, 678901), " 1 f.go:12] x"),
        ("1131564665 x", 1131564665.0, " x"),
        ("1700000000123 x", 1700000000.123, " x"),
        ('h - - [10/Oct/2000:13:55:36 -0700] "GET /"', at(2000, 10, 10, 20, 55, 36), 'h - -  "GET /"'),
        ('time="2026-01-02T03:04:05Z" level=info', at(2026, 1, 2, 3, 4, 5), " level=info"),
    ],
)
def test_the_time_is_taken_from_the_line(line, time, rest):
    found, remains = Clock(NOW).split(line)
    assert found == pytest.approx(time, abs=1e-5)
    assert remains == rest


@pytest.mark.parametrize("line", ["", "no time", "2024-13-45 00:00:00 x", "99999999999999999999 x", "12 x", "Feb 30"])
def test_what_is_no_time_stays_in_the_line(line):
    assert Clock(NOW).split(line) == (None, line)


def test_a_leap_day_without_a_year_is_in_the_last_year_that_has_one():
    assert Clock(NOW).split("Feb 29 00:00:00 x")[0] == at(2024, 2, 29)


@pytest.mark.parametrize(
    ("value", "time"),
    [("2026-01-02T03:04:05Z", at(2026, 1, 2, 3, 4, 5)), (1700000000, 1700000000.0), (1700000000123, 1700000000.123)],
)
def test_a_field_may_hold_text_or_a_number(value, time):
    assert Clock(NOW).parse(value) == pytest.approx(time)


@pytest.mark.parametrize("value", [None, True, "soon", 7, {}, float("inf"), float("nan"), 10**400])
def test_a_field_that_holds_no_time_has_none(value):
    assert Clock(NOW).parse(value) is None
