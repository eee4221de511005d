"""Structure of marked up text: Markdown, AsciiDoc and HTML."""

import pytest

from kintsugi.documents.parse import parse
from kintsugi.errors import DataError
from kintsugi.sources import media


def headings(parsed):
    return [(each.level, each.title) for each in parsed.headings]


def quoted(parsed):
    return [parsed.text[each.start : each.end] for each in parsed.headings]


def markdown(text):
    return parse(text.encode(), media.MARKDOWN, "a.md")


@pytest.mark.parametrize(
    "block",
    [
        "<!--\n# no\n-->",
        "<pre>\n# no\n</pre>",
        "- item\n\n  ```sh\n  # no\n  ```",
        "````\n```\n# no\n```\n````",
        "> # no",
        "- # no",
        "    # no",
        "#no",
        "####### no",
    ],
)
def test_what_only_looks_like_a_heading_is_none(block):
    assert headings(markdown(f"# Yes\n\n{block}\n\n## Also\n")) == [(1, "Yes"), (2, "Also")]


def test_a_heading_that_is_indented_below_a_list_item_begins_a_section():
    parsed = markdown("1. First\n\n   ### Narrow\n\n   Text\n")
    assert headings(parsed) == [(3, "Narrow")]
    assert quoted(parsed) == ["   ### Narrow"]


def test_a_title_over_several_lines_is_one_heading():
    parsed = markdown("Some *long*\ntitle\n===\n\ntext\n")
    assert headings(parsed) == [(1, "Some long title")]
    assert quoted(parsed) == ["Some *long*\ntitle\n==="]


def test_markup_of_titles_is_left_out_and_their_words_stay():
    parsed = markdown(r"# A [link](x.md), ![an image](y.png), `a_b` &amp; \*star\*" + "\n")
    assert headings(parsed) == [(1, "A link, an image, a_b & *star*")]


def test_text_is_kept_as_it_is_written():
    text = "# A\n\ttab   and  blanks  \n\n\n* x\n+ y\n&amp;\n"
    assert markdown(text).text == text


def test_asciidoc_titles_make_sections_and_blocks_do_not():
    text = (
        "= Disk full\n:toc:\n\nIntro\n\n== Check\n\n----\n== not\n# not\n----\n\n====\n== not\n====\n\n"
        "|===\n|== x\n|===\n\n```sh\n# not\n```\n\n=== Deep\n\n--\n== not\n--\n\n== Repair\n"
    )
    parsed = parse(text.encode(), media.ASCIIDOC, "a.adoc")
    assert parsed.title == "Disk full"
    assert headings(parsed) == [(1, "Disk full"), (2, "Check"), (3, "Deep"), (2, "Repair")]
    assert quoted(parsed) == ["= Disk full", "== Check", "=== Deep", "== Repair"]
    assert parsed.text == text


def test_asciidoc_titles_may_be_underlined_and_a_listing_below_text_is_no_title():
    parsed = parse(b"Title\n=====\n\nCheck it\n--------\nsome text\n----\n== not\n----\n", media.ASCIIDOC, "a.adoc")
    assert headings(parsed) == [(1, "Title"), (2, "Check it")]


@pytest.mark.parametrize("media_type", [media.TEXT, media.MARKDOWN, media.RST, media.ASCIIDOC, media.HTML])
def test_a_line_of_ten_megabytes_is_parsed(media_type):
    assert len(parse(b"*word " * 1_700_000, media_type, "a").text) >= 9_999_990


@pytest.mark.parametrize("media_type", [media.TEXT, media.MARKDOWN, media.RST, media.ASCIIDOC, media.HTML])
@pytest.mark.parametrize("mark", [b"x", b"["])
def test_ten_megabytes_without_a_space_are_read_and_refused(media_type, mark):
    with pytest.raises(DataError, match="no text that could be cut") as caught:
        parse(mark * 10_000_000, media_type, "a")
    assert caught.value.check == "unbroken"


def html(page):
    return parse(page.encode(), media.HTML, "a.html").text.strip()


def test_html_lists_keep_their_marks_numbers_and_nesting():
    inner = "<ul><li>node<li><b>pod</b></ul>"
    page = f"<ol start=3><li>stop</li><li><p>drain</p><p>wait</p>{inner}</li></ol><ul><li>x</li></ul>"
    assert html(page) == "3. stop\n4. drain\n\nwait\n  - node\n  - pod\n\n- x"


def test_html_code_stands_between_fences_as_it_is_written():
    page = (
        "<p>Run:</p><pre>\n  oc get  pods\n\n  <b>oc</b> logs &lt;x&gt;\n</pre>"
        "<p>then</p><pre><code>a ``` b</code></pre>"
    )
    assert html(page) == "Run:\n\n```\n  oc get  pods\n\n  oc logs <x>\n```\n\nthen\n\n````\na ``` b\n````"


def test_lines_of_html_code_that_are_blocks_stay_lines():
    assert html("<pre><code><div>one</div><div>  two</div></code></pre>") == "```\none\n  two\n```"


def test_html_rows_are_lines_whatever_their_cells_hold():
    page = "<table><tr><th>a</th> <th>b</th></tr><tr><td><p>1</p><p>one</p></td><td>2 <i>x</i></td></tr></table>"
    assert html(page) == "a | b\n1 one | 2 x"


def test_a_page_that_is_laid_out_in_a_table_keeps_its_structure():
    inner = "<table><tr><td>i</td><td>j</td></tr></table>"
    page = f"<table><tr><td>menu</td><td><h2>Main</h2><p>text</p>{inner}</td></tr></table>"
    parsed = parse(page.encode(), media.HTML, "a.html")
    assert parsed.text == "menu\n\nMain\n\ntext\n\ni | j"
    assert headings(parsed) == [(2, "Main")]
