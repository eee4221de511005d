"""Listings of sources: told twice, told as changes, told as gone, and looked at for single items only."""

from collections.abc import Iterator

import pytest

from kintsugi.documents import intake
from kintsugi.documents.identity import document_id
from kintsugi.errors import SourceUnavailable
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, Labels, Partition, Quarantined, RunRef
from kintsugi.sources.media import MARKDOWN
from kintsugi.sources.port import RawItem


def run(name: str = "run") -> RunRef:
    return RunRef(dag="test", run_id=name)


def item(name: str, text: str = "Some text.", *, deleted: bool = False) -> RawItem:
    return RawItem(name, MARKDOWN, f"test:{name}", text.encode, Labels(), deleted=deleted)


class Listing:
    """A source that lists what it is told to."""

    name = "notes"
    contract = "documents"
    complete = True

    def __init__(self, *items: RawItem) -> None:
        self.listed = list(items)

    def check(self) -> None: ...

    def partition_ready(self, partition: str, now: float) -> bool:
        return True

    def items(self, partition: str) -> Iterator[RawItem]:
        yield from self.listed


class Changes(Listing):
    """A stream of changes; its cursor counts them. ``fails_at`` ends it early."""

    complete = False

    def __init__(self, *items: RawItem) -> None:
        super().__init__(*items)
        self.asked: list[str] = []
        self.fails_at = -1
        self.cursor = ""

    def items_after(self, partition: str, cursor: str) -> Iterator[RawItem]:
        self.asked.append(cursor)
        for number, each in enumerate(self.listed[int(cursor or 0) :], int(cursor or 0)):
            if number == self.fails_at:
                raise SourceUnavailable("source notes: stopped answering")
            yield each
        self.cursor = str(len(self.listed))


def texts(platform: Platform) -> dict[str, str]:
    live = {each.id: each for each in platform.records.scan(Document) if each.deleted_at is None}
    chunks = platform.records.scan(Chunk, {"live": True})
    return {live[each.document].external_id: each.text for each in chunks}


def held(platform: Platform) -> dict[str, str]:
    return {each.item: each.check for each in platform.records.scan(Quarantined, {"state": "held"})}


def test_the_very_same_item_told_twice_is_one_document_and_no_refusal(platform):
    partition = intake.ingest(platform, Listing(item("a"), item("a")), "all", run())
    assert (partition.seen, partition.written, partition.refused) == (1, 1, 0)


def test_of_two_items_of_one_name_the_first_is_taken_and_the_second_refused_until_it_is_gone(platform):
    intake.ingest(platform, Listing(item("a", "First."), item("b"), item("a", "Second.")), "all", run())
    assert texts(platform) == {"a": "First.", "b": "Some text."}
    assert held(platform) == {"a": "key-unique"}
    intake.ingest(platform, Listing(item("a", "First."), item("b")), "all", run("later"))
    assert held(platform) == {}


@pytest.mark.parametrize("name", ["a#b", "a?b", "a%41b"])
def test_a_path_with_signs_of_urls_is_a_path(platform, name):
    at = platform.settings.model_copy(update={"var": platform.settings.var / name})
    there = Platform(at, platform.clock).using(records=platform.records, index=platform.index)
    assert intake.ingest(there, Listing(item("a")), "all", run()).written == 1


def test_two_of_one_name_are_told_apart_across_shards(platform):
    small = platform.settings.model_copy(
        update={"ingest": platform.settings.ingest.model_copy(update={"shard_documents": 1})}
    )
    platform = Platform(small, platform.clock).using(records=platform.records, index=platform.index)
    intake.ingest(platform, Listing(item("a", "First."), item("b"), item("a", "Second.")), "all", run())
    assert texts(platform) == {"a": "First.", "b": "Some text."}


class PartlyListed(Listing):
    """A source that could not look into some of its parts."""

    unlisted: tuple[str, ...] = ()


def test_what_lies_in_a_part_that_could_not_be_listed_stays_and_the_rest_is_deleted(platform):
    source = PartlyListed(item("docs.zip/a"), item("app.log#1"), item("docs.zip.md"), item("b"))
    intake.ingest(platform, source, "all", run())
    source.listed, source.unlisted = [item("c")], ("docs.zip", "app.log")
    intake.ingest(platform, source, "all", run("later"))
    assert set(texts(platform)) == {"docs.zip/a", "app.log#1", "c"}


def test_changes_are_read_from_where_the_last_committed_run_ended(platform):
    source = Changes(item("a"), item("b"))
    intake.ingest(platform, source, "all", run())
    source.listed += [item("b", "Edited."), item("a", deleted=True)]
    partition = intake.ingest(platform, source, "all", run("later"))
    assert source.asked == ["", "2"]
    assert (partition.cursor, partition.written, partition.deleted) == ("4", 1, 1)
    assert texts(platform) == {"b": "Edited."}


def test_of_many_changes_of_one_item_the_last_counts(platform):
    changes = [
        item("a", "One."),
        item("a", deleted=True),
        item("b", "Old."),
        item("a", "Two."),
        item("b", deleted=True),
    ]
    intake.ingest(platform, Changes(*changes), "all", run())
    assert texts(platform) == {"a": "Two."}


def test_a_run_that_breaks_off_leaves_the_cursor_where_it_was(platform):
    source = Changes(item("a"), item("b"), item("c"))
    intake.ingest(platform, source, "all", run())
    source.listed.append(item("d"))
    source.fails_at = 3
    with pytest.raises(SourceUnavailable):
        intake.ingest(platform, source, "all", run("broken"))
    failed = platform.records.get(Partition, "notes@all")
    assert failed is not None
    assert (failed.state, failed.cursor, failed.committed_at) == ("failed", "3", platform.clock())
    source.fails_at = -1
    intake.ingest(platform, source, "all", run("again"))
    assert source.asked[-1] == "3"
    assert set(texts(platform)) == {"a", "b", "c", "d"}


def test_another_chunker_makes_a_source_of_changes_list_everything_again(platform):
    source = Changes(item("a"), item("b"))
    intake.ingest(platform, source, "all", run())
    chunks = platform.settings.chunks.model_copy(update={"max_tokens": 100})
    other = Platform(platform.settings.model_copy(update={"chunks": chunks}), platform.clock)
    intake.ingest(other.using(records=platform.records), source, "all", run("other"))
    assert source.asked == ["", ""]


def test_what_changes_do_not_speak_of_stays(platform):
    source = Changes(item("a"), item("b"))
    intake.ingest(platform, source, "all", run())
    intake.ingest(platform, source, "all", run("nothing new"))
    assert set(texts(platform)) == {"a", "b"}


def test_a_look_at_one_item_touches_no_other_and_leaves_the_record_of_the_partition(platform):
    source = Listing(item("a"), item("b"), item("c"))
    intake.ingest(platform, source, "all", run())
    before = platform.records.get(Partition, "notes@all")
    assert before is not None
    source.listed = [item("a", "Edited."), item("b", "Edited too.")]
    intake.ingest(platform, source, "all", run("one"), only=["a"])
    assert texts(platform) == {"a": "Edited.", "b": "Some text.", "c": "Some text."}
    after = platform.records.get(Partition, "notes@all")
    assert after is not None
    assert after.but(version=0, epoch=0) == before.but(version=0, epoch=0)


def test_a_look_at_one_item_does_not_hide_that_the_partition_failed(platform):
    source = Changes(item("a"), item("b"))
    source.fails_at = 1
    with pytest.raises(SourceUnavailable):
        intake.ingest(platform, source, "all", run())
    intake.ingest(platform, source, "all", run("one"), only=["a"])
    assert platform.records.get(Partition, "notes@all").state == "failed"
    assert platform.records.get(Document, document_id("notes", "a")) is not None
