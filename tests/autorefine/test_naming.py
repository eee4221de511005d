"""Names come from the words that set a class apart."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from autorefine import naming
from autorefine.naming import distinct_names, distinctive_terms, with_distinct_names
from autorefine.trajectory import Step
from tests.autorefine.runs import pattern, trace


def test_words_that_all_classes_share_tell_nothing():
    terms = distinctive_terms(
        {
            "tables": ["the query failed: no such table", "the table list was read"],
            "columns": ["the query failed: unknown column", "the column list was read"],
        }
    )
    assert terms["tables"][0] == "table"
    assert terms["columns"][0] == "column"
    assert not {"the", "query", "failed"} & {*terms["tables"], *terms["columns"]}


def test_values_are_no_terms():
    terms = distinctive_terms({"a": ["read 'orders' at 2026-01-01 from /var/lib/x 4711"], "b": ["wrote"]})
    assert terms["a"] == ("from", "read", "at")


def test_a_class_without_words_has_no_terms():
    assert distinctive_terms({"a": [], "b": ["12 34"], "c": ["table"]}) == {"a": (), "b": (), "c": ("table",)}


@given(st.dictionaries(st.text(max_size=3), st.lists(st.text(max_size=30), max_size=4), max_size=4))
def test_order_does_not_matter(classes):
    backwards = {name: classes[name][::-1] for name in reversed(classes)}
    assert distinctive_terms(classes) == distinctive_terms(backwards)


@given(st.dictionaries(st.uuids().map(str), st.sampled_from(["read", "write", "read (x)"]), max_size=8))
def test_no_two_names_are_the_same_after_terms_and_keys(names):
    told = distinct_names(names, dict.fromkeys(names, ("x",)))
    assert len(set(told.values())) == len(told)


def test_only_names_that_are_taken_twice_get_longer():
    told = distinct_names({"1": "list", "2": "list", "3": "read"}, {"1": ("table",), "2": ("column",)})
    assert told == {"1": "list (table)", "2": "list (column)", "3": "read"}


def test_patterns_of_one_name_are_told_apart_by_what_their_followers_saw():
    runs = [
        trace("t1", Step("read", observation="airports found")),
        trace("t2", Step("read", observation="no parrots")),
    ]
    one, other = (pattern([each], "read", id=each.id, name="read") for each in runs)
    alone = pattern(runs, "write", id="w", name="write")
    named = with_distinct_names([one, other, alone], runs)
    assert [each.name for each in named] == ["read (airports, found)", "read (parrots, no)", "write"]


def test_memory_does_not_grow_with_the_number_of_words(monkeypatch):
    monkeypatch.setattr(naming, "MOST_WORDS", 50)
    letters = str.maketrans("0123456789", "abcdefghij")
    texts = (f"table x{n}".translate(letters) for n in range(20_000))
    tracemalloc.start()
    terms = distinctive_terms({"a": texts}, most=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert terms == {"a": ("table",)}
    assert peak < 500_000


def test_long_names_that_are_told_apart_stay_within_what_the_contract_allows():
    told = distinct_names({"1": "x" * 120, "2": "x" * 120}, {"1": ("boston",), "2": ("oslo",)})
    assert told["1"].endswith("(boston)")
    assert {len(each) for each in told.values()} == {120}
