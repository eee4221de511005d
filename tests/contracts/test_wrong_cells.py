"""Wrong cells at ingest: counted by default, refused where the entry asks for it, released for good by a person."""

import pytest
import yaml

from kintsugi.contracts import wrong_cells
from kintsugi.contracts.cells.wrong_cell import WrongCell
from kintsugi.contracts.data_docs import data_doc
from kintsugi.contracts.wrong_cells import COLUMNS, READ, ROWS, look, masked
from kintsugi.documents import intake
from kintsugi.documents.intake.release import drop, release
from kintsugi.errors import SourceUnavailable
from kintsugi.observe.sources_view import sources_view
from kintsugi.records import Document, Partition, PartitionProfile, Quarantined, RunRef
from kintsugi.sources.registry import open_source
from tests.builders import RUN
from tests.contracts.cells_table import stations
from tests.contracts.tables import SOURCE, OrdersFile

WRONG = {"city": {9: "Denvre"}, "state": {30: "ZZ"}}


@pytest.fixture
def file(platform):
    return OrdersFile(platform)


def entry(platform, **more):
    """Change the source's entry."""
    path = platform.settings.home / "include" / "sources.yaml"
    told = yaml.safe_load(path.read_text())
    told["sources"][SOURCE] |= more
    path.write_text(yaml.safe_dump(told))


def listed(platform, run=RUN):
    partition = intake.ingest(platform, SOURCE, "all", run)
    return partition, platform.records.get(PartitionProfile, f"{SOURCE}@all").figures.cells


def held(platform):
    return {each.item: each for each in platform.records.scan(Quarantined) if each.check == "cell"}


def living(platform):
    return {each.external_id for each in platform.records.scan(Document, {"deleted_at": None})}


def test_by_default_wrong_cells_are_counted_with_examples_and_every_row_is_taken_in(platform, file):
    file.write(stations(**WRONG))
    partition, cells = listed(platform)
    assert (partition.state, partition.written, partition.refused) == ("committed", 240, 0)
    assert (cells.rows, cells.cells, cells.refused) == (240, 2, 0)
    said = {(each.item, each.column, each.value, each.suggestion) for each in cells.examples}
    assert ("1009", "city", "Denvre", "Denver") in said
    assert all(each.reason and 0.5 <= each.confidence <= 1 for each in cells.examples)


def test_a_clean_table_is_looked_at_and_nothing_is_said(platform, file):
    file.write(stations())
    _, cells = listed(platform)
    assert (cells.rows, cells.cells, cells.examples) == (240, 0, ())


def test_a_listing_that_brings_nothing_new_is_not_looked_at_and_keeps_the_figure(platform, file, monkeypatch):
    file.write(stations(**WRONG))
    _, before = listed(platform)
    monkeypatch.setattr("kintsugi.documents.intake.cells.look", lambda *_: pytest.fail("looked at again"))
    partition, after = listed(platform, RunRef(dag="test", run_id="run-2"))
    assert partition.skipped == 240
    assert after == before


def test_ignore_does_not_look(platform, file):
    entry(platform, wrong_cells="ignore")
    file.write(stations(**WRONG))
    assert listed(platform)[1] is None


def test_a_look_that_fails_holds_no_report_up(platform, file, monkeypatch):
    def down(*_):
        raise SourceUnavailable("it went away")

    monkeypatch.setattr("kintsugi.documents.intake.cells.look", down)
    file.write(stations(**WRONG))
    partition, cells = listed(platform)
    assert (partition.state, partition.written, cells) == ("committed", 240, None)


def test_rows_with_a_cell_that_is_surely_wrong_are_refused_alone_and_say_why(platform, file):
    entry(platform, wrong_cells="quarantine")
    file.write(stations(**WRONG))
    partition, cells = listed(platform)
    found = held(platform)
    assert "1009" in found
    assert found["1009"].value == "cell: column city holds 'Denvre', the rest says 'Denver'"
    assert found["1009"].expected == "city 'Denver'"
    assert "Denvre" in found["1009"].sample
    assert (partition.refused, partition.written) == (len(found), 240 - len(found))
    assert cells.refused == len(found)
    assert living(platform) == {str(1000 + n) for n in range(240)} - set(found)


def test_a_released_row_comes_in_alone_and_is_not_asked_about_again(platform, file):
    entry(platform, wrong_cells="quarantine")
    file.write(stations(**WRONG))
    listed(platform)
    others = set(held(platform)) - {"1009"}
    after = release(platform, held(platform)["1009"], RUN, "ada")
    assert (after.state, after.by) == ("released", "ada")
    assert "1009" in living(platform)
    platform.records.put(
        each.but(raw_digest="") for each in platform.records.scan(Document, {"deleted_at": None})
    )  # everything is staged again, as after a change of the chunker
    listed(platform)
    assert "1009" in living(platform)
    assert held(platform)["1009"].state == "released"
    assert {item for item, each in held(platform).items() if each.state == "held"} == others


def test_another_value_in_a_released_row_is_judged_anew(platform, file):
    entry(platform, wrong_cells="quarantine")
    file.write(stations(**WRONG))
    listed(platform)
    release(platform, held(platform)["1009"], RUN, "ada")
    file.write(stations(city={9: "Dnever"}, state=WRONG["state"]))
    listed(platform)
    assert held(platform)["1009"].state == "held"


def test_the_release_of_another_refusal_of_the_row_lets_its_wrong_cell_in_through_no_side_door(platform, file):
    entry(platform, wrong_cells="quarantine")
    file.write(stations(**WRONG))
    listed(platform)
    intake.ingest(platform, SOURCE, "all", RUN, only=["1009"])
    assert "1009" not in living(platform)


def test_a_dropped_row_stays_out_and_closed(platform, file):
    entry(platform, wrong_cells="quarantine")
    file.write(stations(**WRONG))
    listed(platform)
    drop(platform.records, held(platform)["1009"], RUN, "ada")
    listed(platform)
    assert held(platform)["1009"].state == "dropped"
    assert "1009" not in living(platform)


def test_a_row_that_was_corrected_at_the_source_comes_in_and_its_refusal_is_closed(platform, file):
    entry(platform, wrong_cells="quarantine")
    file.write(stations(**WRONG))
    listed(platform)
    file.write(stations(state=WRONG["state"]))
    listed(platform)
    assert "1009" in living(platform)
    assert held(platform)["1009"].state == "released"


def test_too_many_refused_rows_hold_the_partition_instead(platform, file, monkeypatch):
    from kintsugi.contracts.drift import CellDrift

    monkeypatch.setattr("kintsugi.documents.intake.cells.MOST", 0)
    entry(platform, wrong_cells="quarantine")
    file.write(stations(**WRONG))
    with pytest.raises(CellDrift, match="too many rows"):
        listed(platform)
    assert platform.records.get(Partition, f"{SOURCE}@all").state == "held"
    assert living(platform) == set()


def test_the_page_and_the_data_docs_show_the_figure(platform, file):
    file.write(stations(**WRONG))
    listed(platform)
    seen = next(each for each in sources_view(platform).sources if each.source == SOURCE)
    assert (seen.cells.rows, seen.cells.cells) == (240, 2)
    page = data_doc(platform.settings, SOURCE).decode()
    assert "2 cells of 240 rows contradict the rest of the table" in page
    assert "<td>Denvre</td><td>Denver</td>" in page


def test_values_of_a_source_that_not_everyone_may_read_are_counted_and_not_shown(platform, file):
    entry(platform, labels={"access": ["sales"]})
    file.write(stations(**WRONG))
    _, cells = listed(platform)
    assert (cells.cells, cells.examples) == (2, ())
    assert "Denvre" not in data_doc(platform.settings, SOURCE).decode()


def test_few_rows_say_nothing_of_what_is_usual(platform, file):
    file.write(stations(wrong_cells.FEWEST - 1, city={9: "Denvre"}))
    _, cells = listed(platform)
    assert (cells.rows, cells.cells) == (wrong_cells.FEWEST - 1, 0)


class Endless:
    """A table of more rows and columns than a look may hold."""

    def __init__(self):
        self.read = 0

    def named_rows(self, partition, limit=None):
        for number in range(limit):
            self.read += 1
            yield str(number), {f"c{column}": "x" * 10_000 for column in range(2 * COLUMNS)}


def test_a_look_reads_and_keeps_a_bounded_part_of_a_table(monkeypatch):
    monkeypatch.setattr(wrong_cells, "ROWS", 60)
    monkeypatch.setattr(wrong_cells, "READ", 300)
    table = Endless()
    seen = look(table, "all")
    assert (table.read, seen.rows) == (300, 60)
    assert len(seen.habits.signals) == COLUMNS
    assert (ROWS, READ) == (2_500, 20_000)


def test_rows_are_drawn_over_all_that_is_read_and_the_same_every_time(monkeypatch):
    monkeypatch.setattr(wrong_cells, "ROWS", 50)
    rows = [(str(number), {"a": str(number)}) for number in range(1000)]
    drawn = wrong_cells._drawn(iter(rows))
    assert drawn == wrong_cells._drawn(iter(rows))
    assert drawn == sorted(drawn, key=lambda each: int(each[0]))
    assert sum(int(name) >= 500 for name, _ in drawn) > 10


def test_what_is_shown_of_a_cell_hides_secrets():
    cell = WrongCell(0, "note", "mail ada.lovelace@analytical-engines.com now", "odd", 0.95, None)
    assert "ada.lovelace" not in masked(cell).value


def test_a_kind_without_rows_can_not_be_asked_to_refuse_rows(platform):
    from kintsugi.sources.config import load_sources

    path = platform.settings.home / "include" / "sources.yaml"
    path.parent.mkdir()
    path.write_text("sources:\n  notes:\n    kind: files\n    wrong_cells: quarantine\n    options: {path: x}\n")
    (error,) = load_sources(platform.settings).errors
    assert "line 4" in error.what
    assert "brings no rows of a table" in error.expected


def test_the_rows_of_an_hour_are_named_as_their_documents_are(platform, file):
    file.write(stations(3))
    source = open_source(platform, SOURCE)
    assert [name for name, _ in source.named_rows("all")] == [each.external_id for each in source.items("all")]
