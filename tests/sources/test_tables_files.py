"""CSV and Parquet files as tables."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kintsugi.documents.intake.ingest import ingest
from kintsugi.errors import ConfigurationError, DataError, DriftError, SourceUnavailable
from kintsugi.records import Column
from kintsugi.sources.port import Incremental
from tests.builders import RUN
from tests.sources.opened_rows import Opener, living, texts

HOUR = "2026-11-24T19"


@pytest.fixture
def opened(platform: Any) -> Callable[..., Any]:
    open_one = Opener(platform, "tables")
    return lambda **options: open_one(**{"path": "{home}/orders.csv", "key": "id", **options})


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def written(content: str | bytes) -> Path:
        path = tmp_path / "orders.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


def test_a_row_of_csv_is_a_document(opened, write):
    path = write('\ufeffid,note,amount\r\n7,"two\r\nlines, ""quoted""",1.50\r\n8,,\r\n')
    first, second = opened().items()
    assert first.read() == b'id: 7\nnote: two\r\nlines, "quoted"\namount: 1.50\n'
    assert second.read() == b"id: 8\n"
    assert (first.title, first.locator) == ("orders.csv 7", f"{path.as_uri()}#7")


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_header(opened, write, mark):
    write(f"id{mark}note\n1{mark}a,b;c\n".replace(",b", "" if mark == "," else ",b").replace(";c", ""))
    (item,) = opened().items()
    assert item.external_id == "1"


def test_columns_of_csv_are_text_whatever_they_look_like(opened, write):
    write("id,when,note\n1,2026-11-24,\n")
    assert opened().columns("all") == tuple(Column(name=name, type="text") for name in ("id", "when", "note"))
    assert opened().sample("all", 5) == [{"id": "1", "when": "2026-11-24", "note": None}]


def test_a_row_of_another_length_is_refused_under_its_key_and_the_others_come(opened, write):
    write("id,note\n1,a\n2,b,c\n\n3\n4,d\n")
    read = {each.external_id: each for each in opened().items()}
    assert list(read) == ["1", "2", "3", "4"]
    for name, line, fields in (("2", 3, 3), ("3", 5, 1)):
        with pytest.raises(
            DataError, match=rf"orders.csv, line {line}; expected 2 fields.*got {fields} fields"
        ) as error:
            read[name].read()
        assert error.value.check == "row-length"


def refused(items) -> dict[str, str]:
    """Return why an item can't be taken in, by its id."""
    found = {}
    for item in items:
        try:
            item.read()
        except DataError as error:
            found[item.external_id] = error.got
    return found


@pytest.mark.parametrize("bad", ['3,"x', '3,"x"y', '3,"","x'])
def test_a_stray_quote_refuses_its_row_under_its_key_and_swallows_no_other(opened, write, platform, bad):
    rows = [f'{n},"n{n}"' for n in range(1, 2000)]
    write("\n\nid,note\n" + "\n".join(rows))
    assert ingest(platform, opened(), "all", RUN).written == 1999
    rows[2] = bad
    path = write("\n\nid,note\n" + "\n".join(rows))
    assert list(refused(opened().items())) == ["3"]
    second = ingest(platform, opened(), "all", RUN.model_copy(update={"run_id": "run-2"}))
    assert (second.written, second.skipped, second.deleted, second.refused) == (0, 1998, 0, 1)
    assert path.read_text().splitlines()[5].startswith("3,")
    item = next(each for each in opened().items() if each.external_id == "3")
    with pytest.raises(DataError, match=r"orders.csv, line 6; expected a row of CSV"):
        item.read()


def test_a_row_may_span_only_so_many_lines_and_the_others_come(opened, write):
    fits = "line\n" * 999
    write(f'id,note\n1,"{fits}"\n2,"{fits}\n3,b\n4,c\n' + "5\n" * 5)
    ids = [each.external_id for each in opened().items()]
    assert ids[:2] == ["1", "2"]
    assert {"3", "4"} < set(ids)
    assert "closed within 1,000 lines" in refused(opened().items())["2"]


def test_a_file_that_ends_inside_quotes_was_cut_off_and_deletes_nothing(opened, write, platform):
    write('id,note\n1,a\n2,"b"\n3,c\n')
    ingest(platform, opened(), "all", RUN)
    write('id,note\n1,a\n2,"b')
    with pytest.raises(SourceUnavailable, match=r"written to its end; got line 3, a quote that is not closed"):
        list(opened().items())
    assert living(platform) == ["1", "2", "3"]


def test_a_file_of_nothing_but_stray_quotes_is_given_up(opened, write, platform):
    limit = int(platform.settings.ingest.max_document_mb * 1e6)
    long = "x" * (limit // 8)
    write("id,note\n" + f'1{long}","\n' * 60 + '2,"')
    with pytest.raises(SourceUnavailable, match="too many stray quotes"):
        list(opened().items())


def test_a_line_without_end_is_refused_without_being_held(opened, write, platform):
    limit = int(platform.settings.ingest.max_document_mb * 1e6)
    write(b"id,note\n1," + b"x" * (2 * limit) + b"\n2,b\n")
    refused, good = opened().items()
    with pytest.raises(DataError, match="expected at most 32 MB; got a longer line"):
        refused.read()
    assert good.read() == b"id: 2\nnote: b\n"


def test_a_long_line_below_the_limit_is_taken_in(opened, write):
    write(b"id,note\n1," + b"x" * 10_000_000 + b"\n")
    (item,) = opened().items()
    assert len(item.read()) == 10_000_000 + len("id: 1\nnote: \n")


def test_bytes_that_are_not_in_the_encoding_refuse_their_row_alone(opened, write):
    write("id,note\n1,fine\n2,Köln\n".encode("cp1252"))
    good, bad = opened().items()
    assert good.read()
    with pytest.raises(DataError, match="text of column note is no UTF-8"):
        bad.read()
    assert texts(opened(encoding="cp1252").items())["2"] == "id: 2\nnote: Köln\n"


def test_a_header_that_is_not_in_the_encoding_is_drift_that_can_be_shown(opened, write):
    write("id,Größe\n1,x\n".encode("cp1252"))
    assert [each.name for each in opened().columns("all")] == ["id", "Gr%F6%DFe"]
    with pytest.raises(DriftError, match="no column Größe"):
        list(opened(text="{{ row['Größe'] }}").items())


def test_a_header_above_the_limit_is_drift(opened, write, platform):
    write(b"id," + b"x" * int(platform.settings.ingest.max_document_mb * 1e6 + 1) + b"\n1,2\n")
    with pytest.raises(DriftError, match="no column id"):
        list(opened().items())


def test_an_hour_has_exactly_its_rows(opened, write):
    write("id,at\n1,2026-11-24T19:00:00\n2,2026-11-24 19:59:59\n3,2026-11-24T20:00:00Z\n4,1795546800\n5,\n6,never\n")
    found = list(opened(partition="hour", watermark="at").items(HOUR))
    assert [each.external_id for each in found if each.raw_digest] == ["1", "2", "4"]
    assert [each.external_id for each in found if not each.raw_digest] == ["5", "6"]


def test_a_file_is_always_read_as_a_whole(opened, write):
    write("id,at\n1,2026-11-24\n")
    assert not isinstance(opened(watermark="at"), Incremental)


def test_a_renamed_column_is_read_by_its_agreed_name(opened, write):
    write("number,note\n1,a\n")
    with pytest.raises(DriftError, match=r"file orders.csv: no column id.*got number, note"):
        list(opened().items())
    assert texts(opened(mapping={"number": "id"}).items()) == {"1": "id: 1\nnote: a\n"}


def test_two_columns_of_one_name_are_drift(opened, write):
    write("id,note,note\n1,a,b\n")
    with pytest.raises(DriftError, match="two columns note"):
        list(opened().items())


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_file_is_drift_and_not_an_empty_table(opened, write, content):
    write(content)
    with pytest.raises(DriftError, match="no column id"):
        list(opened().items())


@pytest.mark.parametrize("path", ["{home}/nowhere.csv", "{home}/nowhere.parquet", "{home}"])
def test_a_file_that_is_not_there_is_an_outage(opened, path):
    with pytest.raises(SourceUnavailable, match="can't be read"):
        opened(path=path).check()


def test_a_row_of_parquet_is_a_document_with_typed_values(opened, tmp_path):
    table = pa.table(
        {
            "id": [1, 2],
            "price": [Decimal("1.50"), None],
            "at": pa.array([datetime(2026, 11, 24, 19, 30, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
            "tags": [["a", "b"], []],
            "raw": [b"\x00\xff", b""],
            "none": pa.nulls(2),
        }
    )
    pq.write_table(table, tmp_path / "orders.parquet")
    source = opened(path="{home}/orders.parquet", text="{{ id }} {{ price }} {{ at }} {{ tags|join('+') }}")
    assert texts(source.items()) == {"1": "1 1.50 2026-11-24T19:30:00+00:00 a+b", "2": "2   "}
    assert [each.type for each in source.columns("all")] == ["integer", "number", "time", "json", "bytes", "unknown"]
    assert source.sample("all", 1)[0]["price"] == 1.5
    hourly = opened(path="{home}/orders.parquet", partition="hour", watermark="at")
    assert [each.external_id for each in hourly.items(HOUR) if each.raw_digest] == ["1"]


def test_a_parquet_file_that_was_cut_off_is_an_outage(opened, tmp_path):
    pq.write_table(pa.table({"id": list(range(1000))}), tmp_path / "orders.parquet")
    whole = (tmp_path / "orders.parquet").read_bytes()
    (tmp_path / "orders.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceUnavailable, match=r"file orders.parquet: can't be read"):
        list(opened(path="{home}/orders.parquet").items())


def test_a_file_in_an_object_store_is_read_there(opened):
    from upath import UPath

    path = UPath("memory://bucket/orders.csv")
    path.write_bytes(b"id,note\n1,a\n")
    (item,) = opened(path=str(path)).items()
    assert item.locator == "memory://bucket/orders.csv#1"


def test_a_scheme_that_is_not_known_and_an_object_that_is_not_there_are_told_apart(opened):
    with pytest.raises(ConfigurationError, match="s3fs for s3://"):
        opened(path="klingon://bucket/orders.csv").check()
    with pytest.raises(SourceUnavailable, match="can't be read"):
        opened(path="memory://bucket/nowhere.csv").check()


def test_edits_additions_and_deletions_reach_the_records(opened, write, platform):
    write("id,note\n1,a\n2,b\n3,c\n")
    assert ingest(platform, opened(), "all", RUN).written == 3
    write("id,note\n1,a\n2,changed\n4,d\n3,c,broken\n")
    second = ingest(platform, opened(), "all", RUN.model_copy(update={"run_id": "run-2"}))
    assert (second.written, second.skipped, second.deleted, second.refused) == (2, 1, 0, 1)
    assert living(platform) == ["1", "2", "3", "4"]
    write("id,note\n1,a\n2,changed\n")
    third = ingest(platform, opened(), "all", RUN.model_copy(update={"run_id": "run-3"}))
    assert (third.written, third.deleted) == (0, 2)
