"""A burst is a minute with many more lines than the others."""

from kintsugi.logs.minutes import KEPT, MINUTE, Burst, Minutes

START = 1_700_000_040 // MINUTE * MINUTE


def minutes_of(*counts):
    minutes = Minutes()
    for number, count in enumerate(counts):
        for _ in range(count):
            minutes.add(START + number * MINUTE + 1)
    return minutes


def bursts(*counts):
    return minutes_of(*counts).bursts(START, START + len(counts) * MINUTE - 1)


def test_a_minute_with_many_more_lines_is_a_burst():
    assert bursts(2, 3, 40, 2, 3, 2) == [Burst(START + 120, START + 180, 40)]


def test_neighbouring_minutes_are_one_burst():
    assert [burst.lines for burst in bursts(0, 30, 25, 0, 1, 0, 0, 50)] == [55, 50]


def test_a_steady_log_has_no_burst_however_busy():
    assert bursts(500, 510, 490, 505, 500, 495) == []


def test_a_few_lines_are_no_burst():
    assert bursts(0, 0, 9, 0, 0, 0) == []


def test_a_short_log_has_nothing_to_compare_with():
    assert bursts(0, 100, 0) == []


def test_a_long_log_is_counted_in_longer_spans_and_loses_no_line():
    minutes = Minutes()
    for number in range(3 * KEPT):
        minutes.add(START + number * MINUTE)
    for _ in range(1000):
        minutes.add(START + KEPT * MINUTE)
    (burst,) = minutes.bursts(START, START + 3 * KEPT * MINUTE)
    assert minutes.width == 4 * MINUTE
    assert burst.lines == 1000 + minutes.width // MINUTE


def test_counts_of_two_are_joined_whatever_their_spans():
    long, short = Minutes(), minutes_of(0, 0, 60)
    for number in range(KEPT + 1):
        long.add(START + number * MINUTE)
    short.absorb(long)
    assert short.width == long.width == 2 * MINUTE
    assert [burst.lines for burst in short.bursts(START, START + KEPT * MINUTE)] == [62]
