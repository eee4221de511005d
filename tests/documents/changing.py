"""A folder and a stream of changes in stages, taken in and published; and what readers then see."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kintsugi.documents import intake
from kintsugi.index.dump import dump
from kintsugi.index.publish import publish
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Document, DocumentVersion, Labels, Partition, Quarantined, Record, RunRef
from kintsugi.sources.folder import FolderSource
from kintsugi.sources.media import MARKDOWN
from kintsugi.sources.port import RawItem

Truth = list[dict[str, Any]]

RUN_FIELDS = {"version", "run", "changed_at", "stored_at", "refused_at", "deleted_at", "committed_at", "epoch"}
COUNTS = {"seen", "written", "skipped", "deleted", "refused"}

FILES: tuple[dict[str, str], ...] = (
    {
        "edited.md": "# A\n\nFirst.\n\n## B\n\nSecond.\n",
        "moved.md": "# Moved\n\nA passage that moves.\n",
        "gone.md": "Text that goes.",
        "kept.md": "Text that stays.",
        "mended.md": "",
        "spoilt.md": "Text that is spoilt later.",
        "rows.csv": "a,b\n1,2\n",
    },
    {
        "edited.md": "# A\n\nFirst.\n\n## B\n\nSecond, edited.\n\n## C\n\nThird.\n",
        "below/moved.md": "# Moved\n\nA passage that moves.\n",
        "added.md": "# Added\n\nText that comes.\n",
        "kept.md": "Text that stays.",
        "mended.md": "Mended.",
        "spoilt.md": "",
        "rows.csv": "a,b\n1,2\n3\n",
    },
    {
        "edited.md": "# A\n\nFirst.\n\n## C\n\nThird, edited.\n",
        "below/moved.md": "# Moved\n\nA passage that moves.\n",
        "gone.md": "Text that is back.",
        "kept.md": "Text that stays.",
        "spoilt.md": "Mended too.",
        "rows.csv": "a,b\n1,2\n",
    },
    {
        "edited.md": "# A\n\nFirst.\n\n## B\n\nSecond.\n",
        "moved.md": "# Moved\n\nA passage that moves.\n",
        "gone.md": "Text that goes.",
        "kept.md": "Text that stays.",
        "spoilt.md": "Text that is spoilt later.",
        "rows.csv": "a,b\n1,2\n",
    },
)
"""By stage, the files with their texts; an empty file is refused, and so is a row that is too short.

The last stage is the first one again, without what it refused.
"""

CHANGES: tuple[tuple[tuple[str, str | None], ...], ...] = (
    (("x", "Event x."), ("y", "Event y."), ("z", "Event z.")),
    (
        ("y", "Event y, edited."),
        ("x", None),
        ("z", "Event z, once."),
        ("z", "Event z, twice."),
        ("w", "Event w."),
        ("w", None),
        ("v", "Event v."),
        ("u", ""),
    ),
    (("x", "Event x, back."), ("v", None), ("u", "Event u.")),
)
"""By stage, what is added to the stream: names with their new texts, ``None`` for what is gone."""


class Stream:
    """A source of changes; its cursor counts them."""

    name = "stream"
    contract = "documents"
    complete = False

    def __init__(self, stage: int) -> None:
        self._changes = [each for stages in CHANGES[:stage] for each in stages]
        self.cursor = ""

    def check(self) -> None: ...

    def partition_ready(self, partition: str, now: float) -> bool:
        return True

    def items(self, partition: str) -> Iterator[RawItem]:
        return self.items_after(partition, "")

    def items_after(self, partition: str, cursor: str) -> Iterator[RawItem]:
        for name, text in self._changes[int(cursor or 0) :]:
            yield RawItem(name, MARKDOWN, f"test:{name}", (text or "").encode, Labels(), deleted=text is None)
        self.cursor = str(len(self._changes))


def write_files(root: Path, stage: int) -> None:
    shutil.rmtree(root, ignore_errors=True)
    for name, text in FILES[stage - 1].items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def take_in(platform: Platform, root: Path, stage: int, run: str) -> None:
    """Take the folder and the stream of this stage in, and publish."""
    ref = RunRef(dag="test", run_id=run)
    intake.ingest(platform, FolderSource("folder", root, Labels(), max_bytes=1_000_000), "all", ref)
    intake.ingest(platform, Stream(stage), "all", ref)
    publish(platform, ref)


def truth(platform: Platform) -> Truth:
    """Return every record of documents and partitions, without the traces of who wrote it when."""
    kinds: tuple[type[Record], ...] = (Document, DocumentVersion, Chunk, Quarantined, Partition)
    return [
        {
            **each.model_dump(exclude=RUN_FIELDS | (COUNTS if kind is Partition else set())),
            "deleted": getattr(each, "deleted_at", None) is not None,
        }
        for kind in kinds
        for each in platform.records.scan(kind)
    ]


def living(platform: Platform) -> Truth:
    """Return what of the truth doesn't depend on what was there in between."""
    kinds: tuple[tuple[type[Record], dict[str, Any]], ...] = (
        (Document, {"deleted_at": None}),
        (Chunk, {"live": True}),
        (Quarantined, {"state": "held"}),
        (Partition, {}),
    )
    return [
        each.model_dump(exclude=RUN_FIELDS | (COUNTS if kind is Partition else set()))
        for kind, where in kinds
        for each in platform.records.scan(kind, where)
    ]


def served(platform: Platform) -> str:
    """Return the digest of the canonical dump."""
    return dump(platform).sha256
