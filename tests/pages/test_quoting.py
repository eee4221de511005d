"""A quoted sentence shows the words of its source and none of the marks."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi_airflow.pages.quoting import below, quoted


@pytest.mark.parametrize(
    ("sentence", "seen"),
    [
        (
            "**Never** rebuild *everything* with `make`.",
            "<b>Never</b> rebuild <em>everything</em> with <code>make</code>.",
        ),
        ("***Both*** and **b *c* d**", "<b>Both</b> and <b>b <em>c</em> d</b>"),
        ("``a `b` c`` is code", "<code>a `b` c</code> is code"),
        ("`f(**kwargs)` as it is", "<code>f(**kwargs)</code> as it is"),
        ("see [the page](docs/x.md) and [this][1]", "see the page and this"),
        ("see <https://example.org/a>", "see https://example.org/a"),
        ("see :ref:`pools` and `PEP 8 <https://example.org>`_.", "see <code>pools</code> and PEP 8."),
        ("- [ ] do \\*it\\*", "do *it*"),
    ],
)
def test_marks_of_the_source_are_set_as_text(sentence, seen):
    assert quoted(sentence) == seen


@pytest.mark.parametrize(
    ("sentence", "seen"),
    [
        ("**Do not. Ever", "Do not. Ever"),
        ("word.** Then", "word. Then"),
        ("run `make", "run make"),
        ("up` works", "up works"),
    ],
)
def test_a_mark_whose_other_half_is_in_another_sentence_goes(sentence, seen):
    assert quoted(sentence) == seen


@pytest.mark.parametrize(
    "sentence", ["snake_case_name and __init__", "*.pdf or *.md", "2 * 3 * 4", "a**b", "f(**kwargs)", "either | or"]
)
def test_what_only_looks_like_a_mark_stays(sentence):
    assert quoted(sentence) == sentence


def test_a_row_of_a_table_reads_as_a_line():
    assert quoted("| 429 | `a|b` | **wait** |") == "429 · <code>a|b</code> · <b>wait</b>"
    assert quoted("429 | too many | wait |") == "429 · too many · wait"


@given(st.text(alphabet="ab <>&\"'`*_|[]()\\\\:#-", max_size=60))
def test_nothing_but_our_own_tags_is_ever_html(sentence):
    seen = re.sub(r"</?(?:b|em|code)>", "", quoted(sentence))
    assert not set(seen) & set("<>\"'")
    assert re.sub(r"&(?:lt|gt|amp|#34|#39);", "", seen).count("&") == 0


@given(st.lists(st.sampled_from(["index", "`code`", "**bold**", "*soft*", "lost", "a.b"]), min_size=1, max_size=8))
def test_no_word_is_lost(words):
    seen = re.sub(r"<[^>]*>", "", quoted(" ".join(words)))
    assert seen == " ".join(word.strip("`*") for word in words)


def test_the_title_is_not_repeated_in_the_place_below_it():
    assert below("14 · Missing › Repair › By hand", "14 · Missing") == "Repair › By hand"
    assert below("14 · Missing", "14 · Missing") == ""
    assert below("Chapter › Part", "Another title") == "Chapter › Part"
    assert below("", "A title") == ""
