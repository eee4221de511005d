"""Any file or folder as a source, named on the command line and read where it lies."""

import re
from pathlib import Path

from kintsugi.errors import ConfigurationError
from kintsugi.records import Labels
from kintsugi.settings import Settings
from kintsugi.sources.config import MADE_HERE
from kintsugi.sources.folder import FolderSource
from kintsugi.sources.log_events import log_events
from kintsugi.sources.naming import safe_name
from kintsugi.sources.registry import max_bytes, source_names

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def adhoc_source(settings: Settings, path: Path, name: str) -> tuple[FolderSource, str]:
    """Return a source for this path, and the partition that the path is.

    Each path is a partition of its own and part of the external ids, so that two folders with equal names inside don't
    overwrite each other, and reading one again buries only what is gone from it: whatever lay below that path, also
    what was brought in by the name of a folder above or below it.

    Raises:
        ConfigurationError: the name can't be used, or belongs to a source of the platform; or there is no such path.
    """
    taken = (*source_names(settings), *MADE_HERE)
    if name in taken or not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"source name {name!r}",
            expected="small letters, digits, - and _, and none of " + ", ".join(taken),
            next_step="choose another with --source",
        )
    root = path.expanduser().resolve()
    if not root.exists():
        raise ConfigurationError(
            f"path {safe_name(str(path))}: there is no such file or folder",
            expected="something to read",
            next_step="correct the path; to remove what a deleted file said, ingest the folder that it was in",
        )
    partition = safe_name(str(root))
    prefix = f"{partition}/" if root.is_dir() else f"{safe_name(str(root.parent))}/".replace("//", "/")
    logs = log_events(settings, name, partition)
    return FolderSource(name, root, Labels(), max_bytes=max_bytes(settings), prefix=prefix, logs=logs), partition
