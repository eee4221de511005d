"""Lines are read as a stream, none of them whole beyond a cap."""

from io import BytesIO

import pytest

from kintsugi.logs.lines import CUT, MAX_LINE, LogLines


class Counting(BytesIO):
    """Remembers the most bytes that it was asked for at once."""

    most = 0

    def readline(self, size=-1, /):
        self.most = max(self.most, size if size >= 0 else 10**12)
        return super().readline(size)


def read(data):
    lines = LogLines(BytesIO(data))
    return list(lines), lines


def test_a_line_of_ten_megabytes_is_cut_with_a_mark_and_never_held_whole():
    stream = Counting(b"a" * 10_000_000 + b"\nnext\n")
    lines = LogLines(stream)
    long, following = list(lines)
    assert (long[-len(CUT) :], len(long)) == (CUT, MAX_LINE + len(CUT))
    assert following == "next"
    assert (lines.count, lines.cut, lines.damaged) == (2, 1, 0)
    assert stream.most <= MAX_LINE


def test_a_line_that_just_fits_is_not_cut():
    for end in (b"", b"\n"):
        (line,), lines = read(b"a" * MAX_LINE + end)
        assert (len(line), lines.cut) == (MAX_LINE, 0)


def test_bytes_that_are_no_text_are_replaced_and_counted():
    texts, lines = read(b"good\nb\xff\xfed\n\xe4\xf6\n")
    assert texts == ["good", "b��d", "��"]
    assert lines.damaged == 2


def test_a_character_that_is_cut_in_two_is_no_damage():
    (line,), lines = read("€".encode() * MAX_LINE)
    assert (lines.cut, lines.damaged) == (1, 0)
    assert "�" not in line


@pytest.mark.parametrize("data", [b"a\nb", b"a\nb\n", b"a\r\nb\r\n"])
def test_ends_of_lines_are_left_out(data):
    assert read(data)[0] == ["a", "b"]


def test_nothing_is_no_line():
    assert read(b"")[0] == []
