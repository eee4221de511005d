"""Many words at once are found where each of them alone would be."""

from hypothesis import given
from hypothesis import strategies as st

from kintsugi.sensitive.anchors import Anchors
from kintsugi.sensitive.reading import Reading

WORDS = [
    "ignore",
    "ignorer",
    "prompt",
    "pwd",
    "a",
    "<|im_start",
    "ß-straße",
    "забудь",
    "忽略",
    "äöüßé",
    "?????",
    "ab?cd",
]


def naive(text: str) -> list[tuple[int, str]]:
    return sorted((at, word) for word in WORDS for at in range(len(text)) if text.startswith(word, at))


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=6), max_size=20).map("".join))
def test_every_place_of_every_word_is_found(text):
    reading = Reading(text)
    assert sorted(Anchors(WORDS).positions(reading)) == naive(reading.lower)


def test_a_word_across_the_edge_of_two_blocks_is_found():
    for edge in (1 << 15, 1 << 16):
        for before in range(edge - 8, edge + 1):
            text = "." * before + "ignore" + "." * 9
            assert list(Anchors(["ignore"]).positions(Reading(text))) == [(before, "ignore")]


def test_lower_case_keeps_offsets():
    reading = Reading("İSTANBUL Password")
    assert len(reading.lower) == len(reading.plain)
    assert list(Anchors(["password"]).positions(reading)) == [(9, "password")]
