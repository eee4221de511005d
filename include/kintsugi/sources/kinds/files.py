"""Files and folders, here or in an object store."""

from pathlib import Path

from pydantic import Field

from kintsugi.sources.folder import FolderSource
from kintsugi.sources.kind import Kind, Opening, Options
from kintsugi.sources.port import Source


class FilesOptions(Options):
    """Where the files lie.

    Attributes:
        path: a folder, a file, or a URL like ``s3://bucket/prefix``; ``{inbox}``, ``{runbooks}``, ``{var}`` and
            ``{home}`` are filled in.
    """

    path: str = Field(min_length=1)


def _open(opening: Opening) -> Source:
    options: FilesOptions = opening.options
    root = Path(opening.place(options.path))
    return FolderSource(opening.config.name, root, opening.config.labels, max_bytes=opening.max_bytes)


KIND = Kind(options=FilesOptions, partitions=("all",), open=_open)
