"""A run that is killed anywhere is completed by the next one."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from kintsugi.documents import intake
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, DocumentVersion, Labels, Quarantined, Record, RunRef
from kintsugi.sources.folder import FolderSource

pytestmark = pytest.mark.usefixtures("remembered_verdicts")

RUN_FIELDS = {"version", "run", "changed_at", "stored_at", "refused_at", "deleted_at"}


class Killed(BaseException):
    """Like kill −9: nothing may catch it."""


class DyingRecords:
    """A real store that dies before the n-th record is written."""

    def __init__(self, records: Any, writes: int) -> None:
        self._records = records
        self._left = writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._records, name)

    def put(self, records: Iterable[Record]) -> int:
        return sum(self._records.put([self._counted(each)]) for each in records)

    def replace(self, record: Record) -> Record:
        return self._records.replace(self._counted(record))

    def _counted(self, record: Record) -> Record:
        if self._left == 0:
            raise Killed
        self._left -= 1
        return record


def truth(platform: Platform) -> list[dict[str, Any]]:
    """Return all that readers see, without the traces of who wrote it when."""
    kinds: tuple[tuple[type[Record], dict[str, Any]], ...] = (
        (Document, {}),
        (DocumentVersion, {}),
        (Chunk, {"live": True}),
        (Quarantined, {}),
    )
    return [
        {**each.model_dump(exclude=RUN_FIELDS), "deleted": getattr(each, "deleted_at", None) is not None}
        for kind, where in kinds
        for each in platform.records.scan(kind, where)
    ]


def prepare(root: Path) -> None:
    root.mkdir()
    (root / "a.md").write_text("# A\n\nFirst.\n\n## B\n\nSecond.\n")
    (root / "b.md").write_text("Other text.")
    (root / "bad.md").write_bytes(b"")


def change(root: Path) -> None:
    (root / "a.md").write_text("# A\n\nFirst.\n\n## B\n\nSecond, edited.\n\n## C\n\nThird.\n")
    (root / "b.md").unlink()
    (root / "bad.md").write_text("Mended.")
    (root / "rows.csv").write_text("a,b\n1,2\n3\n")


def test_a_run_killed_before_any_of_its_writes_ends_in_the_same_truth(platform, tmp_path):
    root = tmp_path / "notes"
    prepare(root)
    notes = FolderSource("notes", root, Labels(), max_bytes=1_000_000)
    intake.ingest(platform, notes, "all", RunRef(dag="test", run_id="first"))
    before = {kind: list(platform.records.scan(kind)) for kind in (Document, DocumentVersion, Chunk, Quarantined)}
    change(root)
    intake.ingest(platform, notes, "all", RunRef(dag="test", run_id="undisturbed"))
    expected = truth(platform)
    for writes in range(100):
        for kind, records in before.items():
            platform.records.delete(kind, [each.id for each in platform.records.scan(kind)])
            platform.records.put(records)
        run = RunRef(dag="test", run_id=f"killed-{writes}")
        try:
            intake.ingest(platform.using(records=DyingRecords(platform.records, writes)), notes, "all", run)
            break
        except Killed:
            tried_again = writes % 2 == 0
            partition = intake.ingest(platform, notes, "all", run if tried_again else RunRef(dag="test", run_id="next"))
        assert truth(platform) == expected
        if tried_again:
            assert (partition.written, partition.deleted) == (3, 1)
    assert writes > 10
