"""Text of a log is shown, never obeyed."""

from hypothesis import given
from hypothesis import strategies as st

from kintsugi.logs.shown import fenced, one_line, visible


def test_characters_that_can_not_be_seen_are_written_out():
    assert visible("a\x1b[31m\x00\u202e\u200b\U000e0041") == r"a\x1b[31m\x00\u{202e}\u{200b}\u{e0041}"


def test_a_text_on_one_line_has_no_line_ends():
    assert one_line("a\n\tb\r\nc") == "a b c"


@given(st.lists(st.text(alphabet="`ab\n ~#"), min_size=1))
def test_nothing_within_closes_the_block(lines):
    block = fenced(lines).split("\n")
    assert block[0] == block[-1]
    assert all(not line.strip().startswith(block[0]) for line in block[1:-1])
