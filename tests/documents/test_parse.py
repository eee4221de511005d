"""Bytes to text and structure."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.documents.parse import parse
from kintsugi.errors import DataError
from kintsugi.sources import media
from tests.documents.pdfs import pdf


def headings(parsed):
    return [(each.level, each.title) for each in parsed.headings]


def test_markdown_headings_are_found_and_those_in_code_are_not():
    parsed = parse(
        b"# Disk *full*\n\nintro\n\n```sh\n# not a heading\n```\n\nRepair\n------\nText\n\n### [Deep](x.md) ###\n",
        media.MARKDOWN,
        "a.md",
    )
    assert parsed.title == "Disk full"
    assert headings(parsed) == [(1, "Disk full"), (2, "Repair"), (3, "Deep")]
    assert [parsed.text[each.start : each.end] for each in parsed.headings] == [
        "# Disk *full*",
        "Repair\n------",
        "### [Deep](x.md) ###",
    ]


def test_names_with_underscores_in_headings_stay_whole():
    parsed = parse(
        b"# Run `heal__i__1` of ingest_airflow\n\nText\n\n## _Soft_ and __loud__\n\nText\n", media.MARKDOWN, "a"
    )
    assert headings(parsed) == [(1, "Run heal__i__1 of ingest_airflow"), (2, "Soft and loud")]


def test_front_matter_gives_the_title_where_no_heading_does():
    parsed = parse(b"---\ntitle: 'The title'\n---\nText\n", media.MARKDOWN, "dir/some-file.md")
    assert parsed.title == "The title"
    assert headings(parsed) == []


def test_a_name_is_the_last_resort_for_a_title():
    assert parse(b"Text", media.MARKDOWN, "dir/some-file.md").title == "some-file"
    assert parse(b"Text", media.TEXT, "x", title="Known better").title == "Known better"


def test_text_with_marked_headings_has_structure_and_a_log_has_none():
    data = b"# Install\n\nText\n\n[NOTE]\n----\nbody\n----\n\n## Verify\n\nMore\n"
    assert headings(parse(data, media.TEXT, "a.txt")) == [(1, "Install"), (2, "Verify")]
    assert headings(parse(data, media.LOG, "a.log")) == []


def test_restructured_text_levels_follow_the_order_of_styles():
    text = "=====\nTitle\n=====\n\nOne\n---\nt\n\nSub\n~~~\nt\n\nTwo\n---\nt\n\n::\n\n    x\n    -\n"
    assert headings(parse(text.encode(), media.RST, "a.rst")) == [(1, "Title"), (2, "One"), (3, "Sub"), (2, "Two")]


def test_html_gives_what_a_reader_sees():
    page = b"""<html><head><title>Page</title><style>p {}</style></head><body><nav>menu</nav>
    <h1>Queue <em>stuck</em></h1><p>First   line<br>second.</p>loose
    <ul><li>one</li><li>two <b>bold</b></li></ul><pre>  keep
    this</pre><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>
    <script>alert(1)</script><!-- comment --></body></html>"""
    parsed = parse(page, media.HTML, "a.html")
    assert parsed.title == "Page"
    assert headings(parsed) == [(1, "Queue stuck")]
    assert [line.strip() for line in parsed.text.split("\n") if line.strip()] == [
        "Queue stuck",
        "First line",
        "second.",
        "loose",
        "- one",
        "- two bold",
        "```",
        "keep",
        "this",
        "```",
        "a | b",
        "1 | 2",
    ]
    (heading,) = parsed.headings
    assert parsed.text[heading.start : heading.end].strip() == "Queue stuck"


def test_a_pdf_gives_its_text_page_by_page():
    parsed = parse(pdf("First page", "", "Third page", title="A manual"), media.PDF, "a.pdf")
    assert parsed.title == "A manual"
    assert headings(parsed) == [(1, "Page 1"), (1, "Page 3")]
    assert parsed.text.split() == ["First", "page", "Third", "page"]


@pytest.mark.parametrize(
    ("data", "check", "message"),
    [
        (pdf("", ""), "text-layer", r"document a.pdf: has no text layer; .*2 pages.*next: OCR it"),
        (pdf("Hidden", password="x"), "encrypted", r"protected by a password; .*next: save it without password"),
        (pdf("Some text")[:-60], "damaged", r"truncated or damaged; expected a whole PDF; .*next: copy or export it"),
        (b"%PDF-1.7\n" + b"junk " * 50 + b"%%EOF", "damaged", "truncated or damaged"),
        (b"", "empty", "next: write something"),
    ],
)
def test_a_pdf_that_can_not_be_read_says_why(data, check, message):
    with pytest.raises(DataError, match=message) as caught:
        parse(data, media.PDF, "a.pdf")
    assert caught.value.check == check


def test_a_csv_row_of_another_length_is_refused_alone():
    parsed = parse(b"host;load\nweb 1;3\nweb2\nweb3;5;6\n\nweb4;7\n", media.CSV, "hosts.csv")
    assert parsed.text == "host: web 1\nload: 3\n\nhost: web4\nload: 7\n"
    assert [(each.line, each.check, each.expected, each.value) for each in parsed.refused] == [
        (3, "row-length", "2 fields, as the header has", "1 fields"),
        (4, "row-length", "2 fields, as the header has", "3 fields"),
    ]


def test_a_quoted_cell_over_several_lines_does_not_shift_line_numbers():
    parsed = parse(b'a,b\n"x\ny",1\nbad\n', media.CSV, "a.csv")
    assert [each.line for each in parsed.refused] == [4]
    assert "a: x y" in parsed.text


def test_a_table_without_a_usable_row_is_refused():
    with pytest.raises(DataError, match=r"no usable rows; .*got 0 good, 2 bad, the first at line 2"):
        parse(b"a,b\n1\n2\n", media.CSV, "a.csv")


def test_a_json_line_that_is_broken_is_refused_alone():
    lines = [
        json.dumps({"host": "web1", "tags": ["a", "b"], "net": {"ip": "10.0.0.1"}, "none": None}),
        "{broken",
        '"x"',
    ]
    parsed = parse("\n".join(lines).encode(), media.JSONL, "a.jsonl")
    assert parsed.text == "host: web1\ntags: a, b\nnet.ip: 10.0.0.1\n\nx\n"
    assert [(each.line, each.check) for each in parsed.refused] == [(2, "line-is-json")]


def test_json_that_is_broken_is_refused_with_the_place():
    with pytest.raises(DataError, match=r"not JSON; .*line 1 column 9.*next: correct that place"):
        parse(b'{"a": 1 "b": 2}', media.JSON, "a.json")


def test_half_a_character_in_json_can_be_stored():
    parse(b'{"a": "\\ud800 x"}', media.JSON, "a.json").text.encode("utf-8")


@pytest.mark.parametrize(
    "page",
    [
        b"<html><head><title>App</title></head><body><script>render()</script><noscript>on, please</noscript></body>",
        b"<script>" + b"x=1;" * 1000,
        b"<div><!-- nothing --><style>p{}</style></div>",
    ],
)
def test_a_page_of_scripts_only_is_refused(page):
    with pytest.raises(DataError, match=r"document a.html: no text; .*markup only") as caught:
        parse(page, media.HTML, "a.html")
    assert caught.value.check == "empty"


def test_nesting_without_end_is_refused():
    for data, kind in ((b"[" * 100_000, media.JSON), (b"<div>" * 30_000 + b"x", media.HTML)):
        with suppress(DataError):
            assert parse(data, kind, "deep").text.strip() == "x"


@given(st.binary(min_size=1, max_size=400), st.sampled_from(media.MEDIA_TYPES))
def test_any_bytes_are_parsed_or_refused(data, media_type):
    with suppress(DataError):
        parsed = parse(data, media_type, "some/file")
        assert parsed.text.strip()
        assert parsed.title
        assert all(0 <= each.start <= each.end <= len(parsed.text) for each in parsed.headings)


def test_ten_million_characters_without_a_space_are_refused_and_with_some_taken():
    with pytest.raises(DataError, match="no text that could be cut into passages") as caught:
        parse(b"[" * 10_000_000, media.TEXT, "dump.txt")
    assert caught.value.check == "unbroken"
    assert parse(b"word " * 400_000, media.TEXT, "long.txt").text
