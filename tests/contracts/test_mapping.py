"""What a change of columns means is told by names and by values."""

from math import isfinite

import pytest

from kintsugi.contracts.mapping import fingerprint, propose, was_compared
from kintsugi.contracts.proposal_words import as_table, in_a_sentence
from kintsugi.contracts.similarity import name_similarity, value_similarity
from kintsugi.contracts.sketch import shape_of, sketch_of, sketches_of
from kintsugi.records import Column

ROWS = [
    {
        "id": n,
        "customer": f"Customer {n * 7919 % 101}",
        "city": ["Lyon", "Turin", "Graz"][n % 3],
        "price": f"{n * 37 % 500}.{n % 90 + 10}",
        "placed_at": f"2026-11-{n % 28 + 1:02}",
    }
    for n in range(100)
]
AGREED = [Column(name=name, type="integer" if name == "id" else "text") for name in ROWS[0]]


def proposed(present, rows):
    known = sketches_of(ROWS, [each.name for each in AGREED])
    return propose(AGREED, known, present, sketches_of(rows, [each.name for each in present]), {})


def renamed(**names):
    present = [each.model_copy(update={"name": names.get(each.name, each.name)}) for each in AGREED]
    return present, [{names.get(name, name): value for name, value in row.items()} for row in ROWS]


def test_the_same_columns_are_no_change():
    assert proposed(AGREED, ROWS).changes == 0


def test_another_order_is_no_change_but_another_fingerprint():
    assert proposed(AGREED[::-1], ROWS).changes == 0
    assert fingerprint(AGREED[::-1]) != fingerprint(AGREED)


def test_a_renamed_column_is_found_by_its_name_and_its_values():
    found = proposed(*renamed(customer="customer_name"))
    (pair,) = found.pairs
    assert (pair.present, pair.agreed, found.added, found.removed) == ("customer_name", "customer", (), ())
    assert found.mapping == {"customer_name": "customer"}
    assert pair.score > 0.8


def test_values_find_a_column_whose_new_name_says_nothing():
    (pair,) = proposed(*renamed(customer="kunde")).pairs
    assert (pair.agreed, pair.values) == ("customer", 1.0)


def test_each_column_is_in_one_pairing_at_most_and_the_best_comes_first():
    found = proposed(*renamed(customer="client", price="amount", placed_at="order_date"))
    assert found.mapping == {"client": "customer", "amount": "price", "order_date": "placed_at"}
    assert [each.score for each in found.pairs] == sorted((each.score for each in found.pairs), reverse=True)


def test_a_column_of_other_values_and_another_name_is_one_removed_and_one_added():
    present = [each for each in AGREED if each.name != "city"] + [Column(name="discount", type="number")]
    rows = [{name: value for name, value in row.items() if name != "city"} | {"discount": 0.1} for row in ROWS]
    found = proposed(present, rows)
    assert (found.pairs, found.added, found.removed) == ((), ("discount",), ("city",))
    assert found.kinds == {"added", "removed"}


def test_yes_and_no_are_no_sign_of_a_renaming():
    flags = [{"id": n, "is_paid": n % 2 == 0} for n in range(50)]
    others = [{"id": n, "wants_newsletter": n % 2 == 0} for n in range(50)]
    before = [Column(name="id", type="integer"), Column(name="is_paid", type="boolean")]
    now = [before[0], Column(name="wants_newsletter", type="boolean")]
    found = propose(before, sketches_of(flags, ["id", "is_paid"]), now, sketches_of(others, ["id", now[1].name]), {})
    assert found.pairs == ()


def test_a_declared_type_that_does_not_fit_is_a_retyping():
    present = [Column(name="id", type="text"), *AGREED[1:]]
    (change,) = proposed(present, ROWS).retyped
    assert (change.column, change.before, change.now) == ("id", "integer", "text")


@pytest.mark.parametrize(("before", "now"), [("integer", "number"), ("number", "integer"), ("unknown", "text")])
def test_types_that_are_read_off_rows_may_be_wide_or_narrow(before, now):
    one, other = [Column(name="a", type=before)], [Column(name="a", type=now)]
    assert propose(one, {}, other, {}, {}).changes == 0


def test_text_that_used_to_read_as_numbers_and_does_no_more_is_a_retyping():
    (change,) = proposed(AGREED, [row | {"price": f"EUR {row['price']}"} for row in ROWS]).retyped
    assert change.column == "price"
    assert "number" in change.before
    assert "text" in change.now


def test_a_few_odd_values_are_no_retyping():
    odd = [row | ({"price": "on request"} if n % 4 == 0 else {}) for n, row in enumerate(ROWS)]
    assert proposed(AGREED, odd).changes == 0


def test_an_agreed_renaming_stands_and_the_old_name_may_come_back():
    present, rows = renamed(customer="client")
    known = sketches_of(ROWS, [each.name for each in AGREED])
    seen = sketches_of(rows, [each.name for each in present])
    assert propose(AGREED, known, present, seen, {"client": "customer"}).changes == 0
    assert propose(AGREED, known, AGREED, known, {"client": "customer"}).changes == 0


@pytest.mark.parametrize(
    ("one", "other", "least"),
    [
        ("customer_id", "customerId", 1.0),
        ("customer_id", "id_customer", 1.0),
        ("qty", "quantity", 0.6),
        ("cust_name", "customer_name", 0.8),
        ("dob", "date_of_birth", 0.8),
    ],
)
def test_names_are_alike_by_words_and_letters(one, other, least):
    assert name_similarity(one, other) == name_similarity(other, one) >= least


def test_names_of_nothing_in_common_are_not_alike():
    assert name_similarity("city", "discount") < 0.5


def test_new_values_of_the_same_form_are_likely_the_same_column():
    one = sketch_of([f"ORD-{n:05}" for n in range(60)])
    other = sketch_of([f"ORD-{n:05}" for n in range(1000, 1060)])
    assert 0.7 < value_similarity(one, other) < 1.0
    assert value_similarity(one, sketch_of(["Lyon", "Turin"])) < 0.3
    assert value_similarity(one, sketch_of([None, ""])) is None


def test_a_sketch_keeps_no_value():
    kept = sketch_of(["4111 1111 1111 1111", "ada@example.org"]).model_dump_json()
    assert "4111" not in kept
    assert "ada" not in kept
    assert shape_of("ORD-00042") == "a-9"


def test_names_of_a_source_can_not_break_out_of_the_table():
    present = [*AGREED, Column(name="a|b`<script>\n# x", type="text")]
    found = proposed(present, ROWS)
    assert "<script>" not in as_table(found) + in_a_sentence(found)
    assert all(line.count("|") == 7 for line in as_table(found).splitlines())


def test_numbers_near_the_largest_there_are_make_a_finite_sketch_and_a_finite_score():
    largest = sketch_of(["1e308", "1.5e308", "1.7e308"])
    both = sketch_of(["-1.7e308", "-1.7e308", "1.7e308", "1.7e308"])
    assert largest.quantiles == pytest.approx((1e308, 1.25e308, 1.5e308, 1.6e308, 1.7e308))
    assert all(map(isfinite, both.quantiles))
    assert value_similarity(both, both) == 1.0
    assert 0 < value_similarity(both, largest) < 1


def test_of_a_very_long_name_the_first_letters_are_compared():
    assert name_similarity("ab" * 50 + "x" * 4000, "ab" * 50 + "y" * 4000) == 1.0


def test_renamings_among_too_many_columns_are_not_looked_for_and_the_proposal_says_so():
    before = [Column(name=f"column_{n}", type="text") for n in range(101)]
    now = [Column(name=f"column_{n}_new", type="text") for n in range(101)]
    found = propose(before, {}, now, {}, {})
    assert (found.pairs, len(found.added), len(found.removed), was_compared(found)) == ((), 101, 101, False)
    assert "too many columns" in in_a_sentence(found)
    assert "too many columns" in as_table(found)
    few = propose(before[:3], {}, now[:3], {}, {})
    assert (len(few.pairs), was_compared(few)) == (3, True)
