"""DOCX and Parquet."""

import datetime
import io
import zipfile
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from kintsugi.documents import parse as module
from kintsugi.documents.confined import ConfinedParser
from kintsugi.documents.formats import docx as docx_format
from kintsugi.documents.parse import parse
from kintsugi.errors import DataError
from kintsugi.sources import media


def saved(document):
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def parsed(document):
    return parse(saved(document), media.DOCX, "dir/a.docx")


def headings(found):
    return [(each.level, each.title, found.text[each.start : each.end]) for each in found.headings]


def rebuilt(data, change):
    """Return the DOCX with ``change`` made to each part (name, bytes)."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return file.getvalue()


def test_a_docx_gives_headings_paragraphs_lists_tables_and_code_in_their_order():
    document = Document()
    document.add_heading("Disk full", 1)
    document.add_paragraph("First   of all.")
    document.add_paragraph("look", style="List Bullet")
    document.add_paragraph("delete", style="List Number")
    table = document.add_table(2, 2)
    for n, text in enumerate(("node", "free", "a", "1 GB")):
        table.cell(n // 2, n % 2).text = text
    document.add_heading("Commands", 2)
    document.add_paragraph("df -h", style="macro")
    document.add_paragraph("du -s *", style="macro")
    document.add_paragraph("Done.")
    found = parsed(document)
    assert found.text == (
        "Disk full\n\nFirst   of all.\n\n- look\n- delete\n\nnode | free\na | 1 GB\n\n"
        "Commands\n\n```\ndf -h\ndu -s *\n```\n\nDone."
    )
    assert headings(found) == [(1, "Disk full", "Disk full"), (2, "Commands", "Commands")]


def test_the_title_is_the_property_else_the_title_paragraph_else_the_first_heading_else_the_name():
    document = Document()
    document.add_paragraph("text")
    assert parsed(document).title == "a"
    document.add_heading("A heading", 1)
    assert parsed(document).title == "A heading"
    document.add_heading("A title", 0)
    assert parsed(document).title == "A title"
    document.core_properties.title = "A property"
    assert parsed(document).title == "A property"


def test_a_style_that_is_based_on_a_heading_is_one():
    document = Document()
    style = document.styles.add_style("Chapter of mine", WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Heading 2"]
    document.add_paragraph("Inside", style="Chapter of mine")
    document.add_paragraph("text")
    assert headings(parsed(document)) == [(2, "Inside", "Inside")]


def test_text_in_content_controls_links_and_tracked_insertions_is_kept_and_deleted_text_is_not():
    document = Document()
    body = document.element.body
    run = "<w:r><w:t>{}</w:t></w:r>"
    body.insert(
        0,
        parse_xml(f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p>{run.format('controlled')}</w:p></w:sdtContent></w:sdt>"),
    )
    body.insert(
        1,
        parse_xml(
            f"<w:p {nsdecls('w')}>{run.format('kept ')}<w:ins>{run.format('inserted ')}</w:ins>"
            f"<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:hyperlink>{run.format('linked')}</w:hyperlink></w:p>"
        ),
    )
    assert parsed(document).text == "controlled\n\nkept inserted linked"


def test_merged_and_nested_cells_are_said_once():
    document = Document()
    table = document.add_table(2, 2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "wide"
    inner = table.cell(1, 0).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "x", "y"
    table.cell(1, 1).text = "z"
    assert parsed(document).text == "wide\nx y | z"


@pytest.mark.parametrize(
    ("data", "check"),
    [
        (saved(Document())[:-200], "damaged"),
        (b"PK\x03\x04 no zip", "damaged"),
        (b"plain text", "damaged"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "encrypted"),
        (saved(Document()), "empty"),
        (b"", "empty"),
        (rebuilt(saved(Document()), lambda name, data: data[:-30] if name == "word/document.xml" else data), "damaged"),
    ],
)
def test_a_docx_that_can_not_be_read_says_why(data, check):
    with pytest.raises(DataError) as caught:
        parse(data, media.DOCX, "a.docx")
    assert (caught.value.check, bool(caught.value.next_step)) == (check, True)


def test_a_docx_that_unpacks_to_too_much_is_refused_unread(monkeypatch):
    monkeypatch.setattr(docx_format, "MAX_UNPACKED", 10_000)
    with pytest.raises(DataError, match="unpacks to too much") as caught:
        parse(saved(Document()), media.DOCX, "a.docx")
    assert caught.value.check == "bomb"


def test_entities_of_a_docx_are_not_followed(tmp_path):
    (tmp_path / "secret").write_text("secret")
    document = Document()
    document.add_paragraph("MARK")
    entity = f'<!DOCTYPE w:document [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]><w:document'

    def change(name, data):
        return data.replace(b"<w:document", entity.encode(), 1).replace(b"MARK", b"MARK &x;")

    hostile = rebuilt(saved(document), lambda name, data: change(name, data) if name == "word/document.xml" else data)
    assert "secret" not in parse(hostile, media.DOCX, "a.docx").text


def table_of(rows, **options):
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file, **options)
    return file.getvalue()


def test_parquet_rows_are_paragraphs_in_their_order_over_all_row_groups():
    rows = [{"host": f"web {n}", "load": n, "none": None} for n in range(5000)]
    found = parse(table_of(rows, row_group_size=700), media.PARQUET, "a.parquet")
    assert found.text.startswith("host: web 0\nload: 0\n\nhost: web 1\nload: 1\n\n")
    assert found.text.endswith("host: web 4999\nload: 4999\n")
    assert found.text.count("host: ") == 5000


def test_parquet_values_of_every_kind_can_be_read():
    row = {
        "at": datetime.datetime(2026, 11, 26, 12, 0, tzinfo=datetime.UTC),
        "day": datetime.date(2026, 11, 26),
        "price": Decimal("1.10"),
        "raw": b"\x00\x01",
        "net": {"ip": "10.0.0.1", "ports": [80, 443]},
        "ok": True,
    }
    assert parse(table_of([row]), media.PARQUET, "a.parquet").text == (
        "at: 2026-11-26T12:00:00+00:00\nday: 2026-11-26\nprice: 1.10\nraw: (2 bytes)\n"
        "net.ip: 10.0.0.1\nnet.ports: 80, 443\nok: true\n"
    )


def test_parquet_rows_say_the_same_as_those_of_csv():
    as_csv = parse(b"host,note\nweb 1,a  b\nweb 2,\n", media.CSV, "a.csv")
    as_parquet = parse(
        table_of([{"host": "web 1", "note": "a  b"}, {"host": "web 2", "note": ""}]), media.PARQUET, "a.parquet"
    )
    assert as_parquet.text == as_csv.text


@pytest.mark.parametrize(
    ("data", "check"),
    [
        (table_of([{"a": 1}])[:-20], "damaged"),
        (b"PAR1 no table PAR1", "damaged"),
        (b"", "empty"),
        (table_of([{"a": None}]), "rows"),
    ],
)
def test_a_parquet_file_that_can_not_be_read_says_why(data, check):
    with pytest.raises(DataError) as caught:
        parse(data, media.PARQUET, "a.parquet")
    assert (caught.value.check, bool(caught.value.next_step)) == (check, True)


def test_a_small_parquet_file_with_endless_text_is_refused(monkeypatch):
    monkeypatch.setattr(module, "MAX_CHARACTERS", 10_000)
    data = table_of([{"a": "x" * 1000}] * 5000)
    with pytest.raises(DataError, match="too large") as caught:
        parse(data, media.PARQUET, "a.parquet")
    assert caught.value.check == "size"


@pytest.mark.parametrize(("media_type", "data"), [(media.DOCX, None), (media.PARQUET, table_of([{"a": "x"}]))])
def test_the_smallest_memory_that_can_be_set_is_enough_for_an_ordinary_document(media_type, data):
    document = Document()
    document.add_paragraph("text")
    with ConfinedParser(60, 500) as parser:
        assert parser.parse(data or saved(document), media_type, "a").text
