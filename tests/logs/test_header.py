"""Time and level are taken from the message, words of the message are not."""

import json
import subprocess
import sys

import pytest

from kintsugi.logs.header import read_header
from kintsugi.logs.stamp import Clock

CLOCK = Clock(1_800_000_000)


def level_and_message(line):
    return read_header(line, CLOCK)[1:]


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        ("2015-10-18 18:01:47,978 INFO [main] a.b.C: Created x", "INFO", "[main] a.b.C: Created x"),
        ("[2024-01-01T00:00:00.123+0000] {task.py:11} ERROR - Task failed", "ERROR", "{task.py:11} Task failed"),
        ("[Sun Dec 04 04:47:44 2005] [notice] ready", "NOTICE", "ready"),
        ("2024-05-05 10:00:00,1 - my.app - WARN - disk low", "WARNING", "my.app disk low"),
        ("2024-01-01 12:00:00.000  FATAL 12 --- [main] c.Foo : msg", "CRITICAL", "12 --- [main] c.Foo : msg"),
        ("I0102 15:04:05.678901 1 f.go:12] Starting", "INFO", "1 f.go:12] Starting"),
        ('time="2024-01-01T10:00:00Z" level=error msg="it went" x=1', "ERROR", "x=1 it went"),
        ("ERROR: bad", "ERROR", "bad"),
        ("[warn] odd", "WARNING", "odd"),
    ],
)
def test_a_level_is_recognised_where_it_is_a_field(line, level, message):
    assert level_and_message(line) == (level, message)


@pytest.mark.parametrize("line", ["2024-05-05 12:00:00 Received ERROR from peer", "error in foo: x", "ERROR IN IT"])
def test_a_word_of_the_message_is_no_level(line):
    level, message = level_and_message(line)
    assert level == ""
    assert line.endswith(message)


def test_a_line_of_airflow_is_read_with_its_exception_and_fields():
    line = {
        "timestamp": "2026-01-01T00:00:00Z",
        "level": "error",
        "event": "Task failed",
        "logger": "task",
        "error_detail": [{"exc_type": "ValueError", "exc_value": "bad", "frames": []}],
        "try_number": 2,
        "note": "two words",
    }
    assert read_header(json.dumps(line), CLOCK) == (
        1767225600.0,
        "ERROR",
        'Task failed | ValueError: bad try_number=2 note="two words"',
    )


@pytest.mark.parametrize("line", ['{"a": 1}', '{"event": ', "{}", '{"event":' + "[" * 10_000, "{not json}"])
def test_what_only_looks_like_json_is_a_plain_line(line):
    assert read_header(line, CLOCK) == (None, "", line)


def test_a_ruler_of_any_length_is_read_in_one_pass():
    """In a process of its own: what splits a ruler into fields in every way never comes back."""
    read = (
        "from kintsugi.logs.header import read_header\n"
        "from kintsugi.logs.stamp import Clock\n"
        "for ruler in '-| :,':\n"
        "    for length in (24, 100, 100_000):\n"
        "        print(read_header('2025-11-26 10:00:00 ' + length * ruler, Clock(1_800_000_000))[1:])\n"
    )
    done = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout == "('', '')\n" * 15
