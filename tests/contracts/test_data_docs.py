"""The newest validation of a source is a page that stands alone."""

import re
from dataclasses import replace

import pytest

from kintsugi.contracts.check import check, check_columns
from kintsugi.contracts.data_docs import data_doc, write_data_doc
from kintsugi.contracts.drift import SchemaDrift
from kintsugi.contracts.sources import contract_named

CONTRACT = contract_named("documents")
SECRET = "<img src=x onerror=alert(1)>"


def rows(count, **changes):
    row = {"title": "T", "text_length": 10, "readable_share": 1.0, "media_type": "text/markdown"}
    return [
        row | {"id": f"{n:032x}", "external_id": f"{n}.md", "raw_digest": f"{n:032x}"} | changes for n in range(count)
    ]


def page(settings, rows, **how):
    results = []
    check(CONTRACT, rows, "shard 1", suite="notes.documents", report=results.append)
    write_data_doc(settings, "notes", "notes.documents", results[-1], "shard 1", **how)
    return data_doc(settings, "notes").decode()


def test_it_shows_every_expectation_and_what_was_refused_as_text(settings):
    made = page(settings, [*rows(3), *rows(1, id="x", media_type=SECRET)])
    assert "notes.documents" in made
    assert "raw_digest" in made
    assert "&lt;img src=x" in made
    assert SECRET not in made


def test_it_loads_and_runs_nothing(settings):
    made = page(settings, rows(3, media_type=SECRET))
    assert re.findall(r"<(?:script|link|img|iframe|a)\b", made) == []
    assert "default-src 'none'" in made


def test_its_size_does_not_depend_on_the_shard(settings):
    few = len(page(settings, rows(30, media_type="image/png")))
    many = len(page(settings, rows(2000, media_type="image/png")))
    assert many < few * 1.05


def test_refused_values_are_not_shown_where_not_everyone_may_read_them(settings):
    assert "image/odd" in page(settings, rows(1, media_type="image/odd"))
    assert "image/odd" not in page(settings, rows(1, media_type="image/odd"), samples=False)


def test_the_newest_takes_the_place_of_the_one_before_and_no_source_reaches_another_file(settings):
    page(settings, rows(1))
    write_data_doc(settings, "../evil", "s", [], "nothing")
    assert [each.name for each in (settings.var / "data-docs").iterdir()] != []
    assert sorted(each.name for each in (settings.var / "data-docs").iterdir()) == ["..%2Fevil.html", "notes.html"]
    assert data_doc(settings, "nobody") is None


def test_a_shard_that_is_refused_for_its_shape_is_reported_too():
    results = []
    with pytest.raises(Exception, match="volume"):
        check(replace(CONTRACT, max_rows=1), rows(2), "shard 1", report=results.append)
    assert [each.success for each in results[-1]] == [True, False]


def test_the_columns_of_a_table_are_held_against_those_agreed_on():
    results = check_columns(["id", "note"], ["note", "id"], "orders", suite="orders.documents")
    assert [each.success for each in results] == [True, True]
    with pytest.raises(SchemaDrift, match=r"columns of suite orders.documents does not hold"):
        check_columns(["id", "note"], ["id", "remark"], "orders", suite="orders.documents")


def test_a_name_that_is_too_long_for_a_file_has_no_page(settings):
    page(settings, rows(1))
    assert data_doc(settings, "x" * 300) is None
