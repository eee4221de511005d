"""Only the last claim on a partition writes to it, whatever becomes of the ones before."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kintsugi.documents import intake
from kintsugi.documents.intake.claim import claim
from kintsugi.documents.intake.staging import Header, claim_folder, open_folder
from kintsugi.errors import SourceUnavailable, StaleEpochError, TerminalError
from kintsugi.records import Chunk, Document, Labels, Partition, RunRef
from kintsugi.sources.airflow import AirflowSource
from kintsugi.sources.folder import FolderSource

EARLY = RunRef(dag="test", run_id="early")
LATE = RunRef(dag="test", run_id="late")


class Interrupted:
    """A real store; something happens once, at the first ``method``."""

    def __init__(self, records: Any, method: str, then: Callable[[], None]) -> None:
        self._records = records
        self._method = method
        self._then: Callable[[], None] | None = then

    def __getattr__(self, name: str) -> Any:
        if name == self._method and self._then:
            then, self._then = self._then, None
            then()
        return getattr(self._records, name)


@pytest.fixture
def notes(tmp_path) -> FolderSource:
    root = tmp_path / "notes"
    root.mkdir()
    for n in range(3):
        (root / f"{n}.md").write_text(f"Text {n}.")
    return FolderSource("notes", root, Labels(), max_bytes=1_000_000)


def partition_of(platform: Any) -> Partition:
    found = platform.records.get(Partition, "notes@all")
    assert found is not None
    return found


def test_a_run_that_fails_after_another_has_claimed_the_partition_leaves_it_to_that_one(platform, notes):
    early = intake.fetch(platform, notes, "all", EARLY)
    shard = intake.validate(platform, early.shards[0], EARLY)
    late: list[intake.Fetched] = []
    interrupted = Interrupted(platform.records, "put", lambda: late.append(intake.fetch(platform, notes, "all", LATE)))
    with pytest.raises(StaleEpochError, match="run test/early no longer owns it"):
        intake.load(platform.using(records=interrupted), shard, EARLY)
    assert (partition_of(platform).run, partition_of(platform).state) == (LATE, "running")
    loaded = [intake.load(platform, intake.validate(platform, each, LATE), LATE) for each in late[0].shards]
    assert intake.recount(platform, late[0], loaded, LATE).state == "committed"


def test_a_late_try_of_the_same_run_is_fenced_too(platform, notes):
    first = intake.fetch(platform, notes, "all", EARLY.model_copy(update={"try_number": 1}))
    second = intake.fetch(platform, notes, "all", EARLY.model_copy(update={"try_number": 2}))
    assert first.folder != second.folder
    with pytest.raises(StaleEpochError):
        intake.recount(platform, first, [], EARLY)
    loaded = [intake.load(platform, intake.validate(platform, each, EARLY), EARLY) for each in second.shards]
    assert intake.recount(platform, second, loaded, EARLY).written == 3


def test_a_claim_that_comes_late_to_its_folder_leaves_that_of_the_next_one_alone(platform, notes):
    early = claim(platform.records, "notes", "all", EARLY)
    late = intake.fetch(platform, notes, "all", LATE)
    open_folder(platform.settings.staging_path, Header("notes", "all", "documents", early.epoch))
    loaded = [intake.load(platform, intake.validate(platform, each, LATE), LATE) for each in late.shards]
    assert intake.recount(platform, late, loaded, LATE).written == 3
    assert list(platform.settings.staging_path.iterdir()) == []


def test_a_commit_loses_to_a_claim_that_comes_in_between(platform, notes):
    fetched = intake.fetch(platform, notes, "all", EARLY)
    loaded = [intake.load(platform, intake.validate(platform, each, EARLY), EARLY) for each in fetched.shards]
    interrupted = Interrupted(platform.records, "replace", lambda: intake.fetch(platform, notes, "all", LATE))
    with pytest.raises(StaleEpochError):
        intake.recount(platform.using(records=interrupted), fetched, loaded, EARLY)
    assert (partition_of(platform).run, partition_of(platform).state) == (LATE, "running")


@pytest.mark.parametrize("partition", ["..", ".", "../..", "a/../../b", "/", ""])
def test_no_name_of_a_partition_leads_out_of_its_own_folder(platform, settings, notes, partition):
    elsewhere = claim_folder(settings.staging_path, "inbox", "all", 1) / "shard"
    elsewhere.parent.mkdir(parents=True)
    elsewhere.write_text("precious")
    fetched = intake.fetch(platform, notes, partition, EARLY)
    assert Path(fetched.folder).parent == settings.staging_path
    loaded = [intake.load(platform, intake.validate(platform, each, EARLY), EARLY) for each in fetched.shards]
    intake.recount(platform, fetched, loaded, EARLY)
    assert elsewhere.read_text() == "precious"
    assert platform.records.count(Document) == platform.records.count(Chunk) == 3


def test_a_key_that_is_no_partition_is_refused_before_anything_is_claimed(platform):
    from kintsugi.airflow_rest import AirflowClient

    nowhere = AirflowSource(AirflowClient("http://127.0.0.1:9", "", ""))
    with pytest.raises(TerminalError, match="expected an hour in UTC"):
        intake.fetch(platform, nowhere, "..", EARLY)
    assert platform.records.count(Partition) == 0
    with pytest.raises(SourceUnavailable):
        intake.fetch(platform, nowhere, "2026-11-24T19", EARLY)
    assert platform.records.count(Partition) == 1
