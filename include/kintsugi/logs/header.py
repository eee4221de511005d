"""What stands before a line's message: its time and level; and the fields of a line that is JSON."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from kintsugi.logs.stamp import Clock

_NAMES = "TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|CRITICAL|CRIT|FATAL|EMERG|PANIC"
_MEANING = {name: name for name in _NAMES.split("|")} | {
    "INFORMATION": "INFO",
    "WARN": "WARNING",
    "ERR": "ERROR",
    "SEVERE": "ERROR",
    "CRIT": "CRITICAL",
    "FATAL": "CRITICAL",
    "EMERG": "CRITICAL",
    "PANIC": "CRITICAL",
}
_LETTERS = {"I": "INFO", "W": "WARNING", "E": "ERROR", "F": "CRITICAL", "D": "DEBUG", "V": "TRACE"}

_FIELD = r"[\s|:,-]+|[\[{(<][^\]})>]*[\]})>]|\d[\w.]*(?=[\s|])|[\w-]*[._/:$][\w./:$-]*(?=[\s|])|[\w-]+(?=\s[-|]\s)"
_AFTER_TIME = re.compile(
    rf"(?:(?>{_FIELD})){{0,9}}?(?:\b(?P<bare>{_NAMES}):?|(?P<marked>[\[(<](?i:{_NAMES})[\])>]:?|\b(?i:{_NAMES})(?:[:|]|\s\s)))"
    r"(?=[\s|:]|$)"
)
"""The level behind the time; only fields that aren't words of a message may stand between them.

A field is atomic: a ruler of dashes would otherwise be split into fields in every way there is.
"""

_NAMED = re.compile(rf"\b(?P<named>(?:level|severity|lvl)=\"?(?:{_NAMES})\b\"?)", re.IGNORECASE)
_MARKED = re.compile(rf"\s*(?P<marked>[\[(<](?:{_NAMES})[\])>]:?|(?:{_NAMES}):)(?=\s)", re.IGNORECASE)
_WITHIN = 100
_JOINING = " \t-|:,"
_AROUND_LEVEL = '[(<>)]:|" \t'
_MESSAGE_FIELD = re.compile(r'\b(?:msg|message|event)="((?:[^"\\]|\\.)*)"')

_MESSAGE_KEYS = ("event", "message", "msg", "log", "text")
_TIME_KEYS = ("timestamp", "time", "ts", "@timestamp", "datetime", "asctime", "t")
_LEVEL_KEYS = ("level", "levelname", "severity", "lvl", "log.level")
_LEFT_OUT = frozenset(
    (*_TIME_KEYS, *_LEVEL_KEYS, "logger", "loc", "filename", "lineno", "error_detail", "exception", "stack")
)
_MAX_FIELDS = 8
_FIELD_WIDTH = 200


def read_header(line: str, clock: Clock) -> tuple[float | None, str, str]:
    """Return time, level and message of a line. Time is ``None`` and level "" where the line has none."""
    if line.startswith("{") and (fields := _fields(line)) is not None:
        return _from_json(fields, clock)
    time, rest = clock.split(line)
    if '="' in rest and (found := _MESSAGE_FIELD.search(rest)):
        rest = f"{rest[: found.start()]}{rest[found.end() :]} {found[1]}"
    level, message = _level(rest, stamped=time is not None)
    if not level and time is not None and line[0] in _LETTERS and line[1:2].isdigit():
        level = _LETTERS[line[0]]
    return time, level, message


def level_named(name: object) -> str:
    """Return a level in our words (``ERROR`` for ``err``); "" when it is none."""
    return _MEANING.get(str(name).upper(), "")


def _level(rest: str, *, stamped: bool) -> tuple[str, str]:
    head = rest[:_WITHIN] + " "
    found = _AFTER_TIME.match(head) if stamped else _MARKED.match(head)
    found = found or _NAMED.search(head)
    if found is None:
        return "", rest.lstrip(_JOINING) if stamped else rest
    name = found.lastgroup or 0
    before, after = rest[: found.start(name)].strip(_JOINING), rest[found.end() :].lstrip(_JOINING)
    return level_named(found[name].rpartition("=")[2].strip(_AROUND_LEVEL)), f"{before} {after}".strip()


def _fields(line: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and any(key in value for key in _MESSAGE_KEYS) else None


def _from_json(fields: Mapping[str, Any], clock: Clock) -> tuple[float | None, str, str]:
    """Read structured logs, Airflow's among them: message, then its exceptions, then other plain fields."""
    message_key = next(key for key in _MESSAGE_KEYS if key in fields)
    level = next(filter(None, (level_named(fields.get(key, "")) for key in _LEVEL_KEYS)), "")
    times = (clock.parse(fields.get(key)) for key in _TIME_KEYS)
    time = next((each for each in times if each is not None), None)
    parts = [str(fields[message_key])]
    details = fields.get("error_detail")
    parts += _exceptions(details if isinstance(details, list) else ())
    plain = [
        f"{name}={_plain(value)}"
        for name, value in fields.items()
        if name != message_key and name not in _LEFT_OUT and isinstance(value, str | int | float) and value != ""
    ]
    return time, level, " ".join(parts + plain[:_MAX_FIELDS])


def _exceptions(details: Iterable[Any]) -> list[str]:
    return [
        f"| {each.get('exc_type', 'Exception')}: {each.get('exc_value', '')}"
        for each in details
        if isinstance(each, Mapping)
    ]


def _plain(value: str | int | float) -> str:
    text = str(value)[:_FIELD_WIDTH]
    return f'"{text}"' if any(character.isspace() for character in text) else text
