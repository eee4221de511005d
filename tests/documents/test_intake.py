"""A partition from source to truth."""

import os
from pathlib import Path

import pytest

from kintsugi.documents import intake
from kintsugi.documents.identity import document_id
from kintsugi.documents.intake.staging import read_documents
from kintsugi.errors import DriftError, SafetyError, SourceUnavailable, StaleEpochError, TerminalError
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, DocumentVersion, Labels, Partition, Quarantined, RunRef
from kintsugi.sources.folder import FolderSource
from tests.documents.pdfs import pdf

TEXT = "# Disk full\n\nFree some space.\n\n## Repair\n\nDelete old generations.\n\n## Verify\n\nCount again.\n"


@pytest.fixture
def root(tmp_path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


@pytest.fixture
def notes(root) -> FolderSource:
    return FolderSource("notes", root, Labels(), max_bytes=1_000_000)


def run(number: int = 1) -> RunRef:
    return RunRef(dag="test", run_id=f"run-{number}")


def state_of(platform: Platform) -> dict[str, tuple[int, float | None]]:
    """Return id → (version, time) of everything stored, to see what a run wrote."""
    kinds = (Document, DocumentVersion, Chunk, Quarantined)
    return {
        kind.collection: {
            each.id: (each.version, getattr(each, "changed_at", None)) for each in platform.records.scan(kind)
        }
        for kind in kinds
    }


def served_text(platform: Platform) -> set[str]:
    return {each.text for each in platform.records.scan(Chunk, {"live": True})}


def held(platform: Platform) -> dict[str, str]:
    return {each.item: each.check for each in platform.records.scan(Quarantined, {"state": "held"})}


def ingest(platform: Platform, source: FolderSource, number: int = 1) -> Partition:
    return intake.ingest(platform, source, "all", run(number))


def test_a_folder_becomes_documents_versions_and_chunks(platform, root, notes):
    (root / "disk.md").write_text(TEXT)
    partition = ingest(platform, notes)
    assert (partition.state, partition.seen, partition.written, partition.refused) == ("committed", 1, 1, 0)
    (document,) = platform.records.scan(Document)
    assert (document.title, document.chunks, document.run) == ("Disk full", 3, run())
    version = platform.records.get(DocumentVersion, document.current)
    assert version is not None
    for chunk in platform.records.scan(Chunk, {"document": document.id}):
        assert chunk.text == version.text[chunk.start : chunk.end]
        assert chunk.document_version == version.id
    assert not list(platform.settings.staging_path.rglob("*.jsonl"))


def test_a_second_run_writes_nothing(platform, clock, root, notes):
    (root / "disk.md").write_text(TEXT)
    (root / "bad.md").write_bytes(b"")
    ingest(platform, notes)
    before = state_of(platform)
    clock.advance(60)
    partition = ingest(platform, notes, 2)
    assert (partition.written, partition.skipped, partition.refused) == (0, 1, 1)
    assert state_of(platform) == before


def test_an_edit_changes_only_its_own_chunks_for_the_model(platform, clock, root, notes):
    (root / "disk.md").write_text(TEXT)
    ingest(platform, notes)
    before = {each.id for each in platform.records.scan(Chunk, {"live": True})}
    clock.advance(60)
    (root / "disk.md").write_text(TEXT.replace("old generations", "old generations and logs"))
    partition = ingest(platform, notes, 2)
    after = {each.id for each in platform.records.scan(Chunk, {"live": True})}
    assert partition.written == 1
    assert (len(after - before), len(before - after)) == (1, 1)
    (document,) = platform.records.scan(Document)
    assert document.changed_at == clock.now


def test_a_change_of_bytes_that_shows_nowhere_wakes_no_publisher(platform, clock, root, notes):
    (root / "disk.md").write_bytes(TEXT.encode())
    ingest(platform, notes)
    (before,) = platform.records.scan(Document)
    clock.advance(60)
    (root / "disk.md").write_bytes(TEXT.replace("\n", "\r\n").encode())
    ingest(platform, notes, 2)
    (after,) = platform.records.scan(Document)
    assert after.raw_digest != before.raw_digest
    assert after.changed_at == before.changed_at


def test_a_file_that_is_gone_is_buried_and_comes_back_whole(platform, clock, root, notes):
    (root / "disk.md").write_text(TEXT)
    (root / "other.md").write_text("Other text.")
    ingest(platform, notes)
    (root / "disk.md").unlink()
    clock.advance(60)
    assert ingest(platform, notes, 2).deleted == 1
    document = platform.records.get(Document, document_id("notes", "disk.md"))
    assert document is not None
    assert document.deleted_at == document.changed_at == clock.now
    assert served_text(platform) == {"Other text."}
    (root / "disk.md").write_text(TEXT)
    ingest(platform, notes, 3)
    assert "Count again." in served_text(platform)


def test_a_source_that_loses_most_of_its_documents_is_held_and_loses_nothing(platform, root, notes):
    for n in range(30):
        (root / f"{n}.md").write_text(f"Text {n}.")
    ingest(platform, notes)
    for n in range(16):
        (root / f"{n}.md").unlink()
    with pytest.raises(DriftError, match=r"16 of 30 documents vanished at once; .*nothing was deleted"):
        ingest(platform, notes, 2)
    partition = platform.records.get(Partition, "notes@all")
    assert partition is not None
    assert (partition.state, partition.error_class) == ("held", "DriftError")
    assert platform.records.count(Document, {"deleted_at": None}) == 30
    (root / "0.md").write_text("Text 0.")
    assert ingest(platform, notes, 3).deleted == 15


def test_bad_files_are_refused_with_reason_and_the_good_one_is_taken_in(platform, root, notes):
    (root / "good.md").write_text("Good text.")
    (root / "empty.md").write_bytes(b"")
    (root / "binary.txt").write_bytes(b"\x7fELF" + bytes(200))
    (root / "cut.pdf").write_bytes(pdf("Some text")[:-60])
    (root / "locked.pdf").write_bytes(pdf("Hidden", password="x"))
    (root / "scan.pdf").write_bytes(pdf("", ""))
    (root / "damaged.txt").write_bytes("Die Störung ist größer als müde Füße. ".encode().decode("cp1252").encode() * 3)
    (root / "rows.csv").write_text("host,load\nweb1,3\nweb2\nweb3,4\n")
    (root / "loop").symlink_to(root)
    with (root / "huge.log").open("wb") as file:
        file.truncate(200_000_000)
    with open(os.path.join(os.fsencode(root), b"bad\xffname\n.md"), "wb") as file:
        file.write(b"Named strangely.")
    partition = ingest(platform, notes)
    assert held(platform) == {
        "empty.md": "empty",
        "binary.txt": "binary",
        "cut.pdf": "damaged",
        "locked.pdf": "encrypted",
        "scan.pdf": "text-layer",
        "damaged.txt": "encoding-damage",
        "rows.csv#line-3": "row-length",
        "loop": "link",
        "huge.log": "size",
    }
    assert (partition.state, partition.written, partition.refused) == ("committed", 3, 9)
    assert served_text(platform) == {"Good text.", "host: web1\nload: 3\n\nhost: web3\nload: 4", "Named strangely."}
    for each in platform.records.scan(Quarantined):
        assert all((each.expected, each.value, each.next_step, each.payload.startswith("file:"), each.run == run()))


def test_a_mended_file_is_released_from_quarantine_and_a_removed_one_dropped(platform, root, notes):
    (root / "a.md").write_bytes(b"")
    (root / "b.md").write_bytes(b"")
    (root / "rows.csv").write_text("host,load\nweb1,3\nweb2\n")
    ingest(platform, notes)
    (root / "a.md").write_text("Now it has text.")
    (root / "b.md").unlink()
    (root / "rows.csv").write_text("host,load\nweb1,3\nweb2,4\n")
    ingest(platform, notes, 2)
    assert {each.item: each.state for each in platform.records.scan(Quarantined)} == {
        "a.md": "released",
        "b.md": "dropped",
        "rows.csv#line-3": "released",
    }


def test_a_bad_edit_that_is_taken_back_leaves_nothing_in_quarantine(platform, root, notes):
    rows = "host,load\nweb1,3\nweb2\n"
    (root / "a.csv").write_text(rows)
    ingest(platform, notes)
    (root / "a.csv").write_bytes(b"\x7fELF" + bytes(200))
    ingest(platform, notes, 2)
    assert held(platform) == {"a.csv": "binary", "a.csv#line-3": "row-length"}
    (root / "a.csv").write_text(rows)
    assert ingest(platform, notes, 3).skipped == 1
    assert held(platform) == {"a.csv#line-3": "row-length"}


def test_what_a_person_dropped_stays_so_until_it_is_refused_in_another_way(platform, root, notes):
    (root / "a.md").write_bytes(b"")
    ingest(platform, notes)
    (refused,) = platform.records.scan(Quarantined)
    platform.records.put([refused.but(state="dropped", by="a person")])
    assert ingest(platform, notes, 2).refused == 1
    assert held(platform) == {}
    (root / "a.md").write_bytes(b"\n\n")
    ingest(platform, notes, 3)
    assert held(platform) == {"a.md": "empty"}


def test_a_file_that_turns_bad_keeps_its_last_good_version(platform, root, notes):
    (root / "a.md").write_text("Good text.")
    ingest(platform, notes)
    (root / "a.md").write_bytes(b"")
    partition = ingest(platform, notes, 2)
    assert (partition.deleted, partition.refused) == (0, 1)
    assert served_text(platform) == {"Good text."}


def test_a_folder_that_vanishes_is_a_gap_and_deletes_nothing(platform, root, notes):
    (root / "a.md").write_text("Good text.")
    ingest(platform, notes)
    root.rename(root.with_name("elsewhere"))
    with pytest.raises(SourceUnavailable):
        ingest(platform, notes, 2)
    partition = platform.records.get(Partition, "notes@all")
    assert partition is not None
    assert (partition.state, partition.error_class) == ("failed", "SourceUnavailable")
    assert served_text(platform) == {"Good text."}


def test_the_contract_refuses_rows_and_the_rest_is_loaded(platform, root, notes):
    (root / "a.md").write_text("Good text.")
    (root / "b.md").write_text("Other text.")
    fetched = intake.fetch(platform, notes, "all", run())
    (shard,) = fetched.shards
    lines = (
        Path(shard)
        .read_text()
        .replace('"media_type": "text/markdown", "raw_digest"', '"media_type": "x", "raw_digest"', 1)
    )
    Path(shard).write_text(lines)
    loaded = intake.load(platform, intake.validate(platform, shard, run()), run())
    partition = intake.recount(platform, fetched, [loaded], run())
    assert (loaded.staged, loaded.refused, partition.written, partition.refused) == (1, 1, 1, 1)
    (refused,) = platform.records.scan(Quarantined)
    assert (refused.check, refused.value) == ("media-type", "media_type = x")


def test_what_travels_between_tasks_survives_the_journey(platform, root, notes):
    (root / "a.md").write_text("Good text.")
    fetched = intake.fetch(platform, notes, "all", run())
    assert intake.Fetched.from_dict(fetched.to_dict()) == fetched
    loaded = intake.load(platform, intake.validate(platform, fetched.shards[0], run()), run())
    assert intake.Loaded.from_dict(loaded.to_dict()) == loaded


def test_shards_are_bounded_and_each_is_loaded_for_itself(settings, clock, platform, root, notes):
    ingest_settings = settings.ingest.model_copy(update={"shard_documents": 2})
    small = Platform(settings.model_copy(update={"ingest": ingest_settings}), clock).using(records=platform.records)
    for n in range(5):
        (root / f"{n}.md").write_text(f"Text {n}.")
    fetched = intake.fetch(small, notes, "all", run())
    assert [len(list(read_documents(Path(each)))) for each in fetched.shards] == [2, 2, 1]
    loaded = [intake.load(small, intake.validate(small, each, run()), run()) for each in fetched.shards]
    assert intake.recount(small, fetched, loaded, run()).written == 5


def test_a_great_loss_is_accepted_when_a_person_says_so(platform, root, notes):
    for n in range(30):
        (root / f"{n}.md").write_text(f"Text {n}.")
    intake.ingest(platform, notes, "all", run(1))
    for n in range(25):
        (root / f"{n}.md").unlink()
    with pytest.raises(DriftError, match="accept_loss"):
        intake.ingest(platform, notes, "all", run(2))
    assert intake.ingest(platform, notes, "all", run(3), accept_loss=True).deleted == 25


def test_a_shard_that_was_not_loaded_stops_the_commit(platform, root, notes):
    (root / "a.md").write_text("Good text.")
    fetched = intake.fetch(platform, notes, "all", run())
    with pytest.raises(SafetyError, match=r"shards are missing; expected 1 documents in 1 shards; got 0 in 0"):
        intake.recount(platform, fetched, [], run())


def test_a_disagreement_of_truth_and_staging_stops_the_commit(platform, root, notes):
    (root / "a.md").write_text("Good text.")
    fetched = intake.fetch(platform, notes, "all", run())
    loaded = intake.load(platform, intake.validate(platform, fetched.shards[0], run()), run())
    platform.records.delete(Chunk, [each.id for each in platform.records.scan(Chunk)])
    with pytest.raises(SafetyError, match=r"truth and staged file disagree; .*got 0 live chunks instead of 1"):
        intake.recount(platform, fetched, [loaded], run())


def test_a_late_writer_is_refused_and_does_not_spoil_the_record(platform, root, notes):
    (root / "a.md").write_text("Old text.")
    late = intake.fetch(platform, notes, "all", run(1))
    shard = intake.validate(platform, late.shards[0], run(1))
    (root / "a.md").write_text("New text.")
    header = Path(shard).parent / "source.json"
    left_behind = {path: path.read_text() for path in (Path(shard), header)}
    ingest(platform, notes, 2)
    Path(shard).parent.mkdir(parents=True)
    for path, text in left_behind.items():
        path.write_text(text)
    with pytest.raises(StaleEpochError, match="run test/run-1 no longer owns it"):
        intake.load(platform, shard, run(1))
    partition = platform.records.get(Partition, "notes@all")
    assert partition is not None
    assert (partition.state, partition.run) == ("committed", run(2))
    assert served_text(platform) == {"New text."}


def test_a_shard_whose_folder_is_gone_says_what_to_clear(platform, tmp_path):
    with pytest.raises(TerminalError, match="next: clear the run from its fetch task on"):
        intake.load(platform, str(tmp_path / "gone" / "shard-00000.jsonl"), run())


def test_marking_a_partition_as_failed_shows_a_gap(platform):
    error = SourceUnavailable("source airflow: refused")
    partition = intake.mark_failed(platform, "airflow", "2026-11-24T19", error, run())
    assert (partition.state, partition.error_class, partition.error) == ("failed", "SourceUnavailable", str(error))
    assert platform.records.get(Partition, "airflow@2026-11-24T19") is not None


def test_a_gap_is_not_recorded_over_a_run_that_is_at_work_unless_it_was_abandoned(platform, clock, root, notes):
    (root / "a.md").write_text("Good text.")
    intake.fetch(platform, notes, "all", run(1))
    error = SourceUnavailable("source notes: refused")
    with pytest.raises(StaleEpochError, match="got claimed by test/run-1"):
        intake.mark_failed(platform, "notes", "all", error, run(2))
    clock.advance(3601)
    assert intake.mark_failed(platform, "notes", "all", error, run(2)).state == "failed"


def test_another_chunk_size_cuts_the_same_files_again(settings, clock, platform, root, notes):
    (root / "disk.md").write_text("word " * 400)
    ingest(platform, notes)
    before = len(served_text(platform))
    finer = settings.model_copy(update={"chunks": settings.chunks.model_copy(update={"max_tokens": 64})})
    other = Platform(finer, clock).using(records=platform.records)
    assert ingest(other, notes, 2).written == 1
    assert platform.records.count(Chunk, {"live": True}) > before
