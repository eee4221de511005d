"""Each way in which a value can be wrong by itself is found, and what only looks like it is left alone."""

import random

import pandas as pd
import pytest

from kintsugi.contracts.cells.find import find_wrong_cells
from kintsugi.contracts.cells.variants import fingerprint
from tests.contracts.cells_table import changed, found, table


def test_a_clean_table_has_no_wrong_cell():
    assert found(table()) == {}


def test_the_same_frame_gives_the_same_cells_with_the_same_confidence():
    frame = changed(table(), {(3, "city"): "Denvre", (4, "day"): "March 4, 2024", (5, "state"): "", (6, "amount"): "?"})
    first = find_wrong_cells(frame)
    assert len(first) == 4
    assert find_wrong_cells(frame) == first


def test_a_cell_says_where_it_is_what_stands_there_and_why():
    (cell,) = find_wrong_cells(changed(table(), {(9, "weight"): "12.5 kg"}))
    assert (cell.row, cell.column, cell.value, cell.suggestion) == (9, "weight", "12.5 kg", "12.5")
    assert "written unlike 12.5" in cell.reason
    assert 0.5 <= cell.confidence <= 1


def test_a_unit_among_plain_numbers_is_wrong_however_many_rows_have_it():
    weights = [f"{each}%" if row % 4 == 0 else each for row, each in enumerate(table()["weight"])]
    expected = {(row, "weight"): each.rstrip("%") for row, each in enumerate(weights) if each.endswith("%")}
    assert found(table(weight=weights)) == expected


def test_percents_a_hundred_times_the_plain_numbers_are_scaled():
    shares = [f"0.{row % 60 + 20}" for row in range(240)]
    assert found(changed(table(share=shares), {(5, "share"): "25.5%"})) == {(5, "share"): "0.255"}


def test_the_rarer_spellings_of_a_unit_are_wrong_and_the_commonest_is_put_in_their_place():
    spellings = ["kg", "kg", "kg", "KG", "KG", "Kg", "Kg"]
    loads = [f"{row % 50 + 10} {spellings[row % 7]}" for row in range(240)]
    expected = {(row, "load"): f"{row % 50 + 10} kg" for row in range(240) if row % 7 > 2}
    assert found(table(load=loads)) == expected


def test_a_unit_keeps_the_space_before_it_that_the_commonest_spelling_has():
    sizes = [f"{row % 50 + 10}{'oz.' if row % 9 == 0 else 'oz'}" for row in range(240)]
    expected = {(row, "size"): f"{row % 50 + 10}oz" for row in range(0, 240, 9)}
    assert found(table(size=sizes)) == expected


def test_units_that_only_the_case_of_a_letter_tells_apart_are_two_units():
    powers = [f"{row % 50 + 10} {'MW' if row % 3 else 'mW'}" for row in range(240)]
    houses = [f"{row % 50 + 10}{'B' if row % 3 else 'b'}" for row in range(240)]
    assert found(table(power=powers, house=houses)) == {}


@pytest.mark.parametrize(
    ("usual", "odd"), [("${}", "€{}"), ("{} kg", "{} lb"), ("{}", "{}B"), ("{}", "{}BX"), ("{}", "({})")]
)
def test_no_other_number_is_suggested_for_one_of_another_unit_or_with_the_letters_of_a_code(usual, odd):
    values = [usual.format(row % 50 + 10) for row in range(240)]
    assert found(changed(table(value=values), {(7, "value"): odd.format(58)})) == {(7, "value"): None}


@pytest.mark.parametrize("bound", ["<", ">", "≤", "~"])
def test_a_bound_is_part_of_what_is_said(bound):
    values = [f"0.{row % 90 + 10}" for row in range(240)]
    assert found(changed(table(level=values), {(7, "level"): f"{bound}0.15"})) == {}
    assert found(changed(table(level=values), {(7, "level"): f"{bound}0.15 mg"})) == {(7, "level"): f"{bound}0.15"}


@pytest.mark.parametrize(
    ("one", "other"), [("5", "<5"), ("$5", "€5"), ("5", "(5)"), ("a>b", "a<b"), ("5 mW", "5 MW"), ("5B", "5b")]
)
def test_values_that_differ_in_what_is_meant_are_no_writings_of_one_value(one, other):
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize(("one", "other"), [("5 oz.", "5 OZ"), ("St. John's", "st johns"), ("$5", "$5.0")])
def test_values_that_differ_in_writing_only_are_one_value(one, other):
    assert fingerprint(one) == fingerprint(other)


def test_a_unit_that_all_rows_write_alike_and_different_units_are_no_errors():
    alike = [f"{row % 50 + 10} patients" for row in range(240)]
    several = [f"{row % 50 + 10} {'kg' if row % 2 else 'l'}" for row in range(240)]
    assert found(table(sample=alike, quantity=several)) == {}


def test_what_is_no_number_in_a_column_of_numbers_is_wrong():
    samples = [f"{row % 50 + 10} patients" for row in range(240)]
    frame = changed(table(sample=samples), {(8, "sample"): "x5 patients", (9, "amount"): "ten"})
    assert found(frame).keys() == {(8, "sample"), (9, "amount")}


def test_thousands_are_grouped_as_in_the_other_rows():
    totals = [f"{1000 + row * 7:,}" for row in range(240)]
    assert found(changed(table(total=totals), {(4, "total"): "1234"})) == {(4, "total"): "1,234"}


def test_a_sign_for_no_value_is_wrong_where_the_table_leaves_cells_empty():
    notes = ["" if row % 3 else "fragile" for row in range(240)]
    amounts = ["N/A" if row % 2 else str(row % 80 + 10) for row in range(240)]
    expected = {(row, "amount"): "" for row in range(1, 240, 2)}
    assert found(table(note=notes, amount=amounts)) == expected


def test_a_sign_that_the_whole_table_uses_for_no_value_is_its_convention():
    notes = ["empty" if row % 3 else "fragile" for row in range(240)]
    amounts = ["empty" if row % 2 else str(row % 80 + 10) for row in range(240)]
    assert found(table(note=notes, amount=amounts)) == {}


def test_a_sign_that_is_most_of_a_column_of_words_is_its_own_convention():
    labels = ["-" if row % 10 else "alert" for row in range(240)]
    assert found(table(label=labels, note=["" if row % 2 else "x" for row in range(240)])) == {}


def test_none_is_a_value_in_a_column_of_words():
    notes = [["fragile", "none", "heavy"][row % 3] for row in range(240)]
    assert found(table(note=notes)) == {}


def test_a_word_for_no_value_in_many_rows_of_a_column_of_numbers_is_the_column_s_own():
    discounts = ["none" if row % 8 == 0 else str(row % 80 + 10) for row in range(240)]
    notes = ["" if row % 2 else "x" for row in range(240)]
    assert found(table(discount=discounts, note=notes)) == {}
    frame = changed(table(note=notes), {(6, "amount"): "none"})
    assert found(frame) == {(6, "amount"): ""}


@pytest.mark.parametrize("written", ["04/03/2024", "March 4, 2024", "2024-03-04 10:15", "20240304"])
def test_a_date_in_another_format_is_wrong(written):
    assert found(changed(table(), {(7, "day"): written})).keys() == {(7, "day")}


def test_two_date_formats_of_which_neither_leads_are_left_alone():
    days = [f"2024-03-{row % 28 + 1:02d}" if row % 2 else f"{row % 28 + 1:02d}.03.2024" for row in range(240)]
    assert found(table(day=days)) == {}


@pytest.mark.parametrize("code", ["AX110", "AX-11", "A7-110", "AX-1x0"])
def test_a_code_of_another_shape_is_wrong(code):
    assert found(changed(table(), {(12, "code"): code})).keys() == {(12, "code")}


def test_a_range_that_a_spreadsheet_took_for_a_month_is_wrong():
    pages = [f"{row}-{row + 7}" if row % 5 else f"{row}-{row + 9}, {row + 20}" for row in range(240)]
    frame = changed(table(pages=pages), {(row, "pages"): f"Jun-{row}" for row in range(70, 90)})
    assert found(frame).keys() == {(row, "pages") for row in range(70, 90)}


def test_months_in_a_third_of_a_column_are_meant():
    pages = [f"Jun-{row % 90 + 10}" if row % 3 == 0 else f"{row}-{row + 7}" for row in range(240)]
    assert found(table(pages=pages)) == {}


def test_digits_that_count_without_zeros_in_front_may_have_any_length():
    assert found(pd.DataFrame({"node": [f"x{row}" for row in range(1000)]})) == {}


def test_digits_with_zeros_in_front_have_one_length():
    nodes = [f"x{row:03d}" if row % 2 else f"xy{row:04d}" for row in range(1000)]
    assert found(changed(pd.DataFrame({"node": nodes}), {(7, "node"): "x7"})).keys() == {(7, "node")}


def test_words_of_another_length_are_no_other_shape():
    states = ["failed" if row % 50 == 0 else "success" for row in range(240)]
    assert found(table(outcome=states)) == {}


def test_more_words_than_in_other_names_are_no_other_shape():
    places = [f"{'abcdefgh'[row % 8] * 3}port{'' if row % 4 else ' north'}" for row in range(240)]
    assert found(changed(table(place=places), {(5, "place"): "upper east side haven"})) == {}


def test_a_number_written_unlike_the_same_number_in_other_rows_is_wrong():
    rates = [["7.0", "2.5", "4.0"][row % 3] for row in range(240)]
    assert found(changed(table(rate=rates), {(9, "rate"): "7"})) == {(9, "rate"): "7.0"}


def test_free_text_has_no_shape():
    rng = random.Random(2)
    marks = [" ", ", ", " - ", " (", "! ", " 5 ", "/", ": "]
    words = ["late", "broken", "small", "left", "gone", "twice"]
    notes = [
        rng.choice(words) + "".join(rng.choice(marks) + rng.choice(words) for _ in range(rng.randint(2, 9)))
        for _ in range(240)
    ]
    assert found(table(note=notes)) == {}


def test_numbers_that_count_upwards_have_no_shape():
    assert found(table(id=[str(row) for row in range(1, 241)])) == {}


def test_a_slip_in_a_word_of_a_long_text_is_found_and_corrected():
    notes = [f"delivered to the neighbour {row}" for row in range(240)]
    frame = changed(table(note=notes), {(30, "note"): "delivered to the neigbxour 30"})
    assert found(frame) == {(30, "note"): "delivered to the neighbour 30"}


def test_names_that_are_close_but_both_in_use_are_no_slips():
    names = [["Hansen", "Hanson", "Jansen"][row % 3] for row in range(240)]
    assert found(table(name=names)) == {}


@pytest.mark.parametrize("written", ["DENVER", "denver", " Denver", "Denver ", "Den-ver"])
def test_another_writing_of_a_usual_value_is_wrong(written):
    frame = table()
    row = int(frame.index[frame["city"] == "Denver"][0])
    assert found(changed(frame, {(row, "city"): written})) == {(row, "city"): "Denver"}


def test_capitals_are_wrong_in_a_column_of_small_letters_though_the_value_is_new():
    names = [f"{'abcdefgh'[row % 8]}{'uvwxyz'[row // 40]}{'klmnopqrst'[row // 8 % 10]} ltd" for row in range(240)]
    assert found(changed(table(name=names), {(3, "name"): "NEW Ltd"})) == {(3, "name"): "new ltd"}


@pytest.mark.parametrize(("damaged", "meant"), [("CafÃ© Central", "Café Central"), ("Caf\ufffd Central", None)])
def test_text_that_was_decoded_wrongly_is_wrong_wherever_it_stands(damaged, meant):
    names = [f"Café {['Nord', 'Süd'][row % 2]} {row}" for row in range(240)]
    assert found(changed(table(name=names), {(3, "name"): damaged})) == {(3, "name"): meant}


def test_letters_behind_house_numbers_are_no_units():
    numbers = [f"{row % 60 + 1}{'ABCD'[row % 4] if row % 5 == 0 else ''}" for row in range(240)]
    assert found(table(house=numbers)) == {}


def test_a_number_far_from_all_others_is_wrong_and_a_long_tail_is_not():
    incomes = [str(int(1000 * 1.02**row)) for row in range(240)]
    frame = changed(table(income=incomes), {(20, "amount"): "990000", (21, "amount"): "-45"})
    assert {(20, "amount")} <= found(frame).keys() <= {(20, "amount"), (21, "amount")}


def test_a_value_that_comes_twice_in_a_key_is_suspected_in_both_rows():
    assert found(changed(table(), {(50, "id"): "1007"})).keys() == {(7, "id"), (50, "id")}
