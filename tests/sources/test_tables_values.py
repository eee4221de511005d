"""Marks, keys, cursors and templates: the pure parts of sources of rows."""

import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.errors import DataError
from kintsugi.sources.tabular.cursor import ScanCursor, cursor_of
from kintsugi.sources.tabular.marks import Span, earlier, mark_of
from kintsugi.sources.tabular.template import Template, checked
from kintsugi.sources.tabular.values import is_damaged, key_name, plain, row_digest, shown

MOMENTS = st.datetimes(timezones=st.just(UTC))
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=6)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text() | st.binary()
VALUES = st.recursive(
    LEAVES | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.lists(st.text(max_size=6) | st.integers(), min_size=2, max_size=3)


@given(mark=MOMENTS | NUMBERS, full_at=st.floats(0, 4e9), shape=st.text(max_size=8))
def test_a_cursor_comes_back_as_it_was_written(mark, full_at, shape):
    cursor = ScanCursor(mark, full_at, shape)
    assert cursor_of(cursor.text()) == cursor


@given(text=st.text(max_size=40))
def test_whatever_else_is_no_cursor(text):
    assert cursor_of(text) is None


@given(one=KEYS, other=KEYS)
def test_keys_of_several_columns_have_one_name_only_when_they_are_equal(one, other):
    equal = [str(part) for part in one] == [str(part) for part in other]
    assert (key_name(one) == key_name(other)) == equal
    assert not any(unicodedata.category(character).startswith("C") for character in key_name(one))


@given(moment=MOMENTS)
def test_a_moment_is_the_same_mark_however_it_is_written(moment):
    expected = moment
    assert mark_of(moment) == expected
    assert mark_of(moment.replace(tzinfo=None)) == expected
    assert mark_of(moment.isoformat()) == expected
    assert mark_of(moment.isoformat(" ")) == expected
    assert mark_of(moment.replace(tzinfo=None).isoformat()) == expected


@given(moment=MOMENTS, start=MOMENTS, length=st.timedeltas(timedelta(seconds=1), timedelta(days=1)))
def test_a_number_lies_in_a_span_of_times_where_its_moment_does(moment, start, length):
    whole = moment.replace(microsecond=0)
    begin = start.replace(microsecond=0)
    try:
        span = Span(begin, begin + length)
    except OverflowError:
        return
    assert span.holds(Decimal(int(whole.timestamp()))) == span.holds(whole)


@pytest.mark.parametrize("value", [None, "", "soon", True, float("nan"), float("inf"), b"2026", [], "24.11.2026"])
def test_what_is_no_mark(value):
    assert mark_of(value) is None


def test_a_zone_is_honoured_and_a_day_begins_at_midnight_utc():
    zone = timezone(timedelta(hours=2))
    assert mark_of(datetime(2026, 11, 24, 1, tzinfo=zone)) == datetime(2026, 11, 23, 23, tzinfo=UTC)
    assert mark_of(date(2026, 11, 24)) == datetime(2026, 11, 24, tzinfo=UTC)
    assert mark_of("17.5") == Decimal("17.5")


def test_what_is_earlier_than_the_first_moment_is_the_first_moment():
    assert earlier(datetime.min.replace(tzinfo=UTC), 60) == datetime.min.replace(tzinfo=UTC)
    assert earlier(Decimal(10), 2.5) == Decimal("7.5")


@given(value=VALUES)
def test_every_value_is_shown_and_has_a_digest_that_is_its_own(value):
    assert isinstance(shown(value), str)
    assert row_digest([value]) == row_digest([value])
    assert row_digest([value]) != row_digest([value, None])
    assert not isinstance(plain(value), float) or plain(value) == plain(value)


def test_values_that_look_alike_have_different_digests():
    alike: list[Any] = [1, "1", 1.0, Decimal(1), True, "true", None, ""]
    assert len({row_digest([value]) for value in alike}) == len(alike)
    assert row_digest(["a", "b"]) != row_digest(["ab", ""])


def test_damage_is_seen_however_deep_it_lies():
    bad = b"\xff".decode("utf-8", "surrogateescape")
    assert all(is_damaged(value) for value in (bad, {"a": [1, {"b": bad}]}, {bad: 1}, ("x", bad)))
    assert not any(is_damaged(value) for value in ("ÿ", None, 1, {"a": ["b"]}, b"\xff"))


def test_a_template_knows_which_columns_it_names():
    some = Template("{{ a }}{% if b > 1 %}{{ row.c }}{{ row['d e'] }}{% endif %}{% set g = 1 %}{{ g }}")
    assert some.names == {"a", "b", "c", "d e"}
    assert not some.takes_all
    assert Template("{{ row.get('f') }}").takes_all
    assert Template("{% for name in row %}{{ name }}{% endfor %}").takes_all


def test_a_template_reaches_nothing_but_values():
    for text in ("{{ ''.__class__ }}", "{{ a.__init__.__globals__ }}", "{% for n in range(3) %}{{ n }}{% endfor %}"):
        with pytest.raises(DataError):
            Template(text).render({"a": "x"}, "row 1")


def test_a_template_with_a_mistake_says_where():
    with pytest.raises(ValueError, match=r"a template that Jinja reads \(.*, line 2\)"):
        checked("fine\n{{ a")
