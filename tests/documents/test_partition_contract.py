"""A partition is held when its columns, its amount or its values are out of line, before anything of it is loaded."""

import pytest

from kintsugi.contracts.data_docs import data_doc
from kintsugi.contracts.drift import RateDrift, SchemaDrift, VolumeDrift
from kintsugi.contracts.schema import accept, schema_of
from kintsugi.documents import intake
from kintsugi.errors import ConflictError, TerminalError
from kintsugi.records import Document, DocumentVersion, Partition, PartitionProfile, RunRef, SourceSchema
from kintsugi.sources.registry import open_source
from tests.builders import RUN
from tests.contracts.tables import SOURCE, OrdersFile, orders

AGAIN = RunRef(dag="test", run_id="again")


@pytest.fixture
def file(platform):
    file = OrdersFile(platform)
    file.write(orders())
    return file


def ingest(platform, number=1, **how):
    return intake.ingest(platform, SOURCE, "all", RunRef(dag="test", run_id=f"run-{number}"), **how)


def partition(platform):
    return platform.records.get(Partition, f"{SOURCE}@all")


def texts(platform):
    current = [each.current for each in platform.records.scan(Document, {"source": SOURCE, "deleted_at": None})]
    return {each.text for each in platform.records.get_many(DocumentVersion, current).values()}


def test_the_columns_of_the_first_partition_are_agreed_on_and_the_same_again_writes_nothing(platform, file, clock):
    ingest(platform)
    first = schema_of(platform, SOURCE)
    assert [each.name for each in first.columns] == ["id", "customer", "city", "total"]
    assert first.accepted_by == "first"
    clock.advance(60)
    ingest(platform, 2)
    assert schema_of(platform, SOURCE) == first


def test_another_order_is_recorded_and_holds_nothing(platform, file):
    ingest(platform)
    file.write([dict(reversed(row.items())) for row in orders()])
    assert ingest(platform, 2).state == "committed"
    after = schema_of(platform, SOURCE)
    assert [each.name for each in after.columns] == ["total", "city", "customer", "id"]
    assert after.history[-1]["by"] == "order or types"


def test_a_renamed_column_holds_the_partition_with_a_proposal_and_changes_nothing(platform, file):
    ingest(platform)
    before = texts(platform)
    file.write(orders(customer="client_name"))
    with pytest.raises(SchemaDrift, match=r"its columns changed; .*got renamed customer → client_name \(0\.\d\d\)"):
        ingest(platform, 2)
    assert (partition(platform).state, partition(platform).error_class) == ("held", "SchemaDrift")
    assert texts(platform) == before
    assert schema_of(platform, SOURCE).proposal.mapping == {"client_name": "customer"}
    stored = schema_of(platform, SOURCE)
    with pytest.raises(SchemaDrift):
        ingest(platform, 3)
    assert schema_of(platform, SOURCE) == stored


def test_a_column_that_is_renamed_after_the_columns_were_looked_at_is_the_same_drift(platform, file):
    ingest(platform)
    source = open_source(platform, SOURCE)
    columns = source.columns

    def renamed_behind_them(partition):
        found = columns(partition)
        file.write(orders(id="order_no"))
        return found

    source.columns = renamed_behind_them
    with pytest.raises(SchemaDrift, match=r"got renamed id → order_no"):
        intake.ingest(platform, source, "all", RunRef(dag="test", run_id="run-2"))
    assert (partition(platform).state, partition(platform).error_class) == ("held", "SchemaDrift")


def test_columns_that_come_back_are_no_drift_any_more(platform, file):
    ingest(platform)
    file.write(orders(customer="client_name"))
    with pytest.raises(SchemaDrift):
        ingest(platform, 2)
    file.write(orders())
    assert ingest(platform, 3).state == "committed"
    assert schema_of(platform, SOURCE).proposal is None


def test_an_accepted_renaming_gives_the_same_documents_as_before(platform, file):
    ingest(platform)
    before = texts(platform)
    file.write(orders(customer="client_name"))
    with pytest.raises(SchemaDrift):
        ingest(platform, 2)
    accept(platform, SOURCE, None, "ada", RUN)
    after = ingest(platform, 3)
    assert (after.state, after.written, after.skipped) == ("committed", 0, 30)
    assert texts(platform) == before
    assert schema_of(platform, SOURCE).history[-1]["by"] == "ada"


def test_a_person_may_choose_another_mapping_than_the_proposed_one(platform, file):
    ingest(platform)
    file.write(orders(customer="client_name"))
    with pytest.raises(SchemaDrift):
        ingest(platform, 2)
    with pytest.raises(TerminalError, match="does not fit"):
        accept(platform, SOURCE, {"client_name": "city"}, "ada", RUN)
    with pytest.raises(TerminalError, match="no column no_such"):
        accept(platform, SOURCE, {"no_such": "customer"}, "ada", RUN)
    accept(platform, SOURCE, {}, "ada", RUN)
    ingest(platform, 3)
    assert all("client_name: Customer" in text for text in texts(platform))
    with pytest.raises(TerminalError, match="no such change"):
        accept(platform, SOURCE, None, "ada", RUN)


def test_what_the_entry_allows_needs_no_person(platform, file):
    file.entry("added", "renamed")
    ingest(platform)
    file.write([row | {"note": f"note {row['id']}"} for row in orders(customer="customer_name")])
    assert ingest(platform, 2).state == "committed"
    assert all("customer: Customer" in text and "note: note" in text for text in texts(platform))
    assert schema_of(platform, SOURCE).accepted_by == "rule"


def test_what_it_does_not_allow_does(platform, file):
    file.entry("added")
    ingest(platform)
    file.write([{name: value for name, value in row.items() if name != "city"} for row in orders()])
    with pytest.raises(SchemaDrift, match="removed city"):
        ingest(platform, 2)


def test_a_source_that_is_open_already_is_opened_again_for_the_names_that_a_rule_agreed_on(platform, file):
    file.entry("renamed")
    ingest(platform)
    file.write(orders(customer="customer_name"))
    source = open_source(platform, SOURCE)
    with pytest.raises(ConflictError, match="new names from now on"):
        intake.ingest(platform, source, "all", AGAIN)
    after = intake.ingest(platform, open_source(platform, SOURCE), "all", AGAIN)
    assert (after.state, after.skipped) == ("committed", 30)


def test_earlier_runs_hold_a_partition_that_lost_most_of_its_rows(platform, file, clock):
    file.write(orders(80))
    for number in range(9):
        clock.advance(86_400)
        ingest(platform, number)
    file.write(orders(8))
    with pytest.raises(VolumeDrift, match=r"far too few items; expected about 80 \(80 to 80 in 9 listings"):
        ingest(platform, 9)
    assert (partition(platform).state, partition(platform).error_class) == ("held", "VolumeDrift")
    assert platform.records.count(Document, {"source": SOURCE, "deleted_at": None}) == 80
    assert ingest(platform, 10, accept=["volume"], accept_loss=True).deleted == 72
    clock.advance(86_400)
    assert ingest(platform, 11).state == "committed", "what was accepted once asks nobody again"


def test_a_column_that_is_empty_all_at_once_holds_the_partition_and_a_few_gaps_do_not(platform, file, clock):
    for number in range(9):
        clock.advance(86_400)
        file.write([row | ({"city": ""} if row["id"] == number else {}) for row in orders()])
        ingest(platform, number)
    file.write([row | {"city": ""} for row in orders()])
    with pytest.raises(RateDrift, match=r"column city has far more rows without a value.*got 100\.0% of 30 rows"):
        ingest(platform, 9)
    assert ingest(platform, 10, accept=["rates"]).state == "committed"


def test_rows_that_were_sent_twice_hold_the_partition(platform, file, clock):
    for number in range(9):
        clock.advance(86_400)
        ingest(platform, number)
    file.write(orders() + orders(15))
    with pytest.raises(RateDrift, match="column id has far more values that come twice"):
        ingest(platform, 9)


def test_the_figures_of_a_partition_are_kept_with_its_damage(platform, file):
    file.write([*orders(), {"id": 99, "customer": "x", "city": "y", "total": 1}])
    path = platform.settings.home / "orders.csv"
    path.write_bytes(path.read_bytes().replace(b"99,x", b"99,\xfcber"))
    ingest(platform)
    profile = platform.records.get(PartitionProfile, f"{SOURCE}@all")
    assert (profile.state, profile.figures.seen, profile.figures.staged) == ("committed", 31, 30)
    assert (profile.figures.refused, profile.figures.damaged) == (1, 1)
    assert profile.figures.characters > 0
    assert profile.figures.nulls["city"] == 0.0
    assert profile.figures.repeats["id"] == 0.0


def test_a_replay_of_one_item_is_no_listing(platform, file):
    ingest(platform)
    before = platform.records.get(PartitionProfile, f"{SOURCE}@all")
    ingest(platform, 2, only=["3"])
    assert platform.records.get(PartitionProfile, f"{SOURCE}@all") == before


def test_the_suite_of_a_source_is_named_after_it_and_its_data_docs_show_the_agreed_columns(platform, file):
    assert data_doc(platform.settings, SOURCE) is None
    ingest(platform)
    page = data_doc(platform.settings, SOURCE).decode()
    assert "orders.documents" in page
    assert "customer" in page
    assert "partition all, shard-00000, run test/run-1" in page


def test_a_source_without_columns_has_no_schema(platform):
    (platform.settings.runbooks / "a.md").write_text("# A\n\nText.")
    intake.ingest(platform, "runbooks", "all", RUN)
    assert platform.records.count(SourceSchema) == 0
