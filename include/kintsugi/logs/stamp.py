"""When a log line was written: the usual ways to write a time, as seconds since the epoch."""

import re
from calendar import timegm
from collections.abc import Mapping
from datetime import UTC, datetime

DAY = 86_400.0

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}
_MONTH = f"(?P<{{}}>{'|'.join(_NAMES)})"
_CLOCK = r"(?P<{0}H>\d\d)[:.](?P<{0}M>\d\d)[:.](?P<{0}S>\d\d)(?:[.,](?P<{0}f>\d{{1,9}}))?"
_ZONE = r"(?:\s?(?P<{}z>Z|UTC|GMT|[+-]\d\d:?\d\d))?"

_FORMS = re.compile(
    rf"""
    (?:<\d{{1,3}}>(?:\d\ )?|(?:time|timestamp|ts|t)=)?[\[("\s]*
    (?:
      (?P<iy>(?:19|20)\d\d)[-/.](?P<im>\d\d?)[-/.](?P<id>\d\d?)[T\ :_-]\s?{_CLOCK.format("i")}{_ZONE.format("i")}
    | (?P<sy>\d\d)[-/](?P<sm>\d\d)[-/](?P<sd>\d\d)\ {_CLOCK.format("s")}
    | (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\ {_MONTH.format("cm")}\ +(?P<cd>\d\d?)\ {_CLOCK.format("c")}\ (?P<cy>\d{{4}})
    | {_MONTH.format("bm")}\ +(?P<bd>\d\d?)\ {_CLOCK.format("b")}(?P<host>\ [\w.:-]+(?=\ [^\s:]+:))?
    | [IWEF](?P<km>\d\d)(?P<kd>\d\d)\ {_CLOCK.format("k")}
    | (?P<am>\d\d)-(?P<ad>\d\d)\ {_CLOCK.format("a")}
    | (?P<epoch>(?:9\d{{8}}|1\d{{9}})(?:\.\d{{1,9}}|\d{{3}}|\d{{6}}|\d{{9}})?)(?=[\s\]),"])
    )[\])"]*
    """,
    re.VERBOSE,
)
_WEB = re.compile(rf"\[(?P<wd>\d\d)/{_MONTH.format('wm')}/(?P<wy>\d{{4}}):{_CLOCK.format('w')}(?P<wz> [+-]\d{{4}})?\]")
_WEB_WITHIN = 200
_LATEST = 1e20
_REMEMBERED = 10_000


class Clock:
    """Reads the times of one log's lines. A time without a zone counts as UTC.

    Args:
        now: seconds since the epoch. A time without a year is in the last year that does not put it more than a day
            after now.
    """

    def __init__(self, now: float) -> None:
        self._now = now
        self._year = datetime.fromtimestamp(now, UTC).year
        self._known: dict[str, float | None] = {}

    def split(self, line: str) -> tuple[float | None, str]:
        """Return the line's time and what remains without it; ``None`` and the whole line when it has none."""
        found = _FORMS.match(line)
        if found is None:
            found = _WEB.search(line, 0, _WEB_WITHIN) if "[" in line else None
            if found is None:
                return None, line
        time = self._seconds(found)
        if time is None:
            return None, line
        return time, line[: found.start()] + line[found.end() :]

    def parse(self, value: object) -> float | None:
        """Return the time that a field holds: a text in one of the forms, or seconds or milliseconds as a number."""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        if isinstance(value, str):
            found = _FORMS.match(value + " ")
            return self._seconds(found) if found else None
        return _plausible(float(value)) if abs(value) < _LATEST else None

    def _seconds(self, found: re.Match[str]) -> float | None:
        last = found.lastgroup or ""
        if last == "epoch":
            return _plausible(float(found["epoch"]))
        form = "b" if last == "host" else last[0]
        text, begin = found.group(), found.start()
        fraction = found[form + "f"]
        if fraction:
            start, end = found.span(form + "f")
            text = text[: start - begin] + text[end - begin :]
        if text not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[text] = self._whole_seconds(form, found.groupdict())
        known = self._known[text]
        return known + float(f"0.{fraction}") if fraction and known is not None else known

    def _whole_seconds(self, form: str, part: Mapping[str, str | None]) -> float | None:
        named = part[form + "m"] or ""
        month = _MONTHS.get(named) or int(named)
        day, hour, minute, second = (int(part[form + name] or 0) for name in "dHMS")
        if year := part.get(form + "y"):
            century = 2000 if len(year) == 2 else 0
            offset = _offset(part.get(form + "z") or "")
            time = _time(century + int(year), month, day, hour, minute, second)
            return None if time is None else time - offset
        years = range(self._year + 1, self._year - 8, -1)
        times = (_time(year, month, day, hour, minute, second) for year in years)
        return next((time for time in times if time is not None and time <= self._now + DAY), None)


def _time(year: int, month: int, day: int, hour: int, minute: int, second: int) -> float | None:
    try:
        datetime(year, month, day, hour, minute, min(second, 59))
    except ValueError:
        return None
    return float(timegm((year, month, day, hour, minute, second)))


def _offset(zone: str) -> float:
    zone = zone.strip()
    if not zone or zone[0] not in "+-":
        return 0.0
    seconds = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return float(seconds if zone[0] == "+" else -seconds)


def _plausible(number: float) -> float | None:
    """Return a number of (milli-, micro-, nano-) seconds as seconds, if it is a time between 1998 and 2033 or later."""
    for scale in (1.0, 1e3, 1e6, 1e9):
        if 9e8 <= number / scale < 4e9:
            return number / scale
    return None
