"""A folder of this machine (or a single file) as a source."""

from pathlib import Path

from kintsugi.records import Labels
from kintsugi.sources.files import PARTITION, FileSource, Reading
from kintsugi.sources.log_events import LogEvents
from kintsugi.sources.places.local import LocalPlace
from kintsugi.sources.places.selection import EVERYTHING, Selection

__all__ = ["PARTITION", "FolderSource"]


class FolderSource(FileSource):
    """Files below ``root`` in a fixed order; one partition, whatever its name. See `FileSource` and `LocalPlace`.

    Args:
        name: the source's name.
        root: folder or file; it need not exist yet.
        labels: labels of every document.
        max_bytes: larger files are refused without being read.
        prefix: put before each external id, so that several roots can share a source.
        selection: which files are wanted.
        logs: makes documents of logs; ``None`` takes a log as one text.
    """

    def __init__(
        self,
        name: str,
        root: Path,
        labels: Labels,
        *,
        max_bytes: int,
        prefix: str = "",
        selection: Selection = EVERYTHING,
        logs: LogEvents | None = None,
    ) -> None:
        reading = Reading(max_bytes=max_bytes, prefix=prefix, selection=selection, logs=logs)
        super().__init__(name, LocalPlace(name, Path(root)), labels, reading)
        self._root = Path(root)

    def partition_ready(self, partition: str, now: float) -> bool:
        """Return whether the root is there: a folder is complete whenever it is looked at."""
        return self._root.exists()
