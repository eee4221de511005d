"""A stack trace belongs to the message above it."""

from hypothesis import given
from hypothesis import strategies as st

from kintsugi.logs.fold import MAX_LOOSE, MAX_TEXT, events_of
from kintsugi.logs.stamp import Clock

STAMP = "2026-01-01 00:00:00"
TRACE = ["Traceback (most recent call last):", '  File "x.py", line 1, in f', "    g()", "ValueError: bad thing"]


def events(*lines):
    return list(events_of(lines, Clock(1_800_000_000)))


def test_a_traceback_belongs_to_the_line_above_and_names_the_exception():
    first, second = events("task failed", *TRACE, "next line")
    assert (first.lines, first.message) == (5, "task failed | ValueError: bad thing")
    assert first.text.splitlines() == ["task failed", *TRACE]
    assert (second.number, second.message) == (6, "next line")


def test_an_exception_of_any_name_ends_a_traceback():
    (event,) = events(f"{STAMP} ERROR failed", *TRACE[:3], "my.Trouble: it broke")
    assert event.message == "failed | my.Trouble: it broke"


def test_a_java_trace_belongs_to_its_line_and_the_last_cause_names_it():
    (event,) = events(
        f"{STAMP} ERROR failed",
        "java.io.IOException: outer",
        "\tat a.b.C(D.java:1)",
        "Caused by: java.net.ConnectException: refused",
        "\t... 5 more",
    )
    assert (event.lines, event.message) == (5, "failed | Caused by: java.net.ConnectException: refused")


def test_in_a_log_with_times_a_line_without_one_goes_on():
    first, second = events(f"{STAMP} one", "and on", "", f"{STAMP} two")
    assert (first.lines, first.text, second.lines) == (3, f"{STAMP} one\nand on", 1)


def test_a_banner_with_a_time_does_not_swallow_a_log_without_times():
    first, *others = events(f"{STAMP} banner", *(f"line {number}" for number in range(2_000)))
    assert first.lines == 1 + MAX_LOOSE
    assert [event.lines for event in others] == [1] * (2_000 - MAX_LOOSE)
    assert others[0].message == f"line {MAX_LOOSE}"


def test_indented_lines_and_traces_go_on_without_limit():
    first, second = events(f"{STAMP} one", *TRACE, *["  more", *TRACE] * MAX_LOOSE, f"{STAMP} two")
    assert (first.lines, second.lines) == (1 + len(TRACE) + (1 + len(TRACE)) * MAX_LOOSE, 1)


def test_in_a_log_without_times_each_line_stands_alone_unless_it_is_indented():
    assert [event.lines for event in events("one", "two", "  of two", "three")] == [1, 2, 1]


def test_a_traceback_without_a_line_above_is_an_event():
    (event,) = events(*TRACE)
    assert event.message.endswith("| ValueError: bad thing")


def test_colours_of_a_terminal_are_no_part_of_the_message():
    (event,) = events(f"\x1b[32m{STAMP}\x1b[0m \x1b[1mready\x1b[0m")
    assert (event.time, event.message) == (1767225600.0, "ready")


def test_what_is_kept_of_an_endless_event_is_bounded_and_its_lines_are_counted():
    (event,) = events("start", *(f"  more {number}" for number in range(10_000)))
    assert event.lines == 10_001
    assert len(event.text) < MAX_TEXT + 50


lines = st.lists(
    st.one_of(
        st.sampled_from(["", "  ", "\tat x", STAMP + " x", *TRACE, "{", '{"event": "x"}', "Caused by: X"]), st.text()
    ).map(lambda text: text.replace("\n", " "))
)


@given(lines)
def test_each_line_after_the_first_that_is_not_blank_belongs_to_exactly_one_event(found):
    blank = 0
    while blank < len(found) and not found[blank].strip():
        blank += 1
    assert sum(event.lines for event in events(*found)) == len(found) - blank
