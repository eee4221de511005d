"""Values are counted in bounded memory, with ranges where they are numbers."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from kintsugi.logs.values import KEPT, SAMPLED, Values


def values_of(texts):
    values = Values()
    for text in texts:
        values.add(text)
    return values


def test_the_most_frequent_come_first_with_their_counts():
    values = values_of(["root", "root", "bob", "ann", "root", "bob"])
    assert values.most_frequent(2) == [("root", 3), ("bob", 2)]
    assert (values.distinct, values.exact) == (3, True)


def test_a_frequent_value_is_found_among_many_rare_ones():
    values = values_of(text for number in range(5_000) for text in (f"id{number}", "hot"))
    assert values.most_frequent(1)[0][0] == "hot"
    assert (values.exact, values.distinct) == (False, KEPT + 1)
    assert len(values.most_frequent(10_000)) <= KEPT


def test_numbers_have_a_range_and_a_median():
    numbers = values_of(str(number) for number in range(1, 10_002)).numbers()
    assert (numbers.smallest, numbers.biggest) == (1, 10_001)
    assert abs(numbers.median - 5_001) < 10_001 / SAMPLED * 4


def test_numbers_keep_the_unit_that_they_share():
    numbers = values_of(["35 ms", "7ms", "<9 ms"]).numbers()
    assert (numbers.smallest, numbers.median, numbers.biggest, numbers.unit) == (7, 9, 35, "ms")


def test_other_units_words_and_infinities_are_no_numbers():
    assert values_of(["3 MB", "200 KB"]).numbers() is None
    assert values_of(["3", "none"]).numbers() is None
    assert values_of(["1e999"]).numbers() is None
    assert values_of([""]).numbers() is None


def test_a_long_value_is_cut():
    assert len(values_of(["x" * 10_000]).most_frequent(1)[0][0]) < 100


@given(st.lists(st.sampled_from(["1", "2", "3.5", "x", "7 ms"])), st.lists(st.sampled_from(["1", "2", "9", "y"])))
def test_two_that_are_joined_are_as_one_that_saw_all(first, second):
    joined, one = values_of(first), values_of(first + second)
    joined.absorb(values_of(second))
    assert joined.most_frequent(99) == [*Counter(first + second).most_common()] or sorted(
        joined.most_frequent(99)
    ) == sorted(one.most_frequent(99))
    assert joined.numbers() == one.numbers()
