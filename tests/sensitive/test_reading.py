"""Offsets go from the stored text to what a reader sees, and to what is left after edits."""

from hypothesis import given
from hypothesis import strategies as st

from kintsugi.sensitive import Finding
from kintsugi.sensitive.reading import Edit, Reading, applied, moved


def edits_of(cuts: list[tuple[int, int, str]]) -> tuple[Edit, ...]:
    made, at = [], 0
    for gap, length, replacement in cuts:
        made.append(Edit(at + gap, at + gap + length, replacement))
        at += gap + length
    return tuple(made)


cuts = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 4), st.text("xyz", max_size=6)), max_size=6).map(edits_of)
TEXT = "".join(chr(0x100 + number) for number in range(100))


@given(cuts, st.integers(0, 99))
def test_a_character_that_was_not_edited_is_found_where_it_went(edits, at):
    if any(edit.start <= at < edit.end for edit in edits):
        return
    (there,) = moved([at], edits)
    assert applied(TEXT, edits)[there] == TEXT[at]


@given(cuts, st.data())
def test_a_finding_of_the_plain_text_comes_back_to_the_same_characters(edits, data):
    reading = Reading.of(TEXT, edits)
    start = data.draw(st.integers(0, len(reading.plain) - 1))
    found = reading.in_the_text(Finding(start, start + 1, "secret", "", "", 1.0))
    assert 0 <= found.start < found.end <= len(TEXT)
    if reading.plain[start] in TEXT:
        assert TEXT[found.start : found.end] == reading.plain[start]
