"""Stop words are English ones: no word of operational text is left out because it is one in another language."""

from pathlib import Path

import pytest

from kintsugi.stores.lance import LanceIndex
from tests.stores.entries import DIMENSION, EVERYTHING, entry


@pytest.fixture
def index(tmp_path: Path):
    index = LanceIndex(tmp_path / "index")
    index.create("g", DIMENSION)
    index.write("g", [entry("a", "At the end cat shows when the os door died, a minute per file in du.")])
    index.refresh("g")
    yield index
    index.close()


@pytest.mark.parametrize("word", ["end", "minutes", "cat", "os", "door", "die", "per", "du"])
def test_a_word_that_another_language_leaves_out_is_found(index, word):
    assert [hit.id for hit in index.search_text("g", word, 5, EVERYTHING)] == ["a"]


@pytest.mark.parametrize("word", ["the", "when", "at"])
def test_an_english_stop_word_finds_nothing(index, word):
    assert index.search_text("g", word, 5, EVERYTHING) == []
