"""Files and folders, here or in an object store; archives as folders, logs as events."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from kintsugi.sources.files import FileSource, Reading
from kintsugi.sources.kind import Kind, Opening, Options
from kintsugi.sources.log_events import log_events
from kintsugi.sources.places.local import LocalPlace
from kintsugi.sources.places.objects import ObjectPlace, storage_options
from kintsugi.sources.places.place import Place
from kintsugi.sources.places.selection import Selection
from kintsugi.sources.port import Source


class FilesOptions(Options):
    """Where the files lie, and which of them are wanted.

    Attributes:
        path: a folder, a file, or a URL like ``s3://bucket/prefix``; ``{inbox}``, ``{runbooks}``, ``{var}`` and
            ``{home}`` are filled in.
        include: patterns of which one has to fit; none takes everything. See `Selection`.
        exclude: patterns of which none may fit.
        logs: ``events`` makes a document of each kind of message of a log, ``text`` takes a log as one text.
    """

    path: str = Field(min_length=1)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    logs: Literal["events", "text"] = "events"


def _open(opening: Opening) -> Source:
    options: FilesOptions = opening.options
    config = opening.config
    reading = Reading(
        max_bytes=opening.max_bytes,
        selection=Selection(options.include, options.exclude),
        logs=log_events(opening.settings, config.name) if options.logs == "events" else None,
    )
    return FileSource(config.name, _place(opening, options.path), config.labels, reading)


def _place(opening: Opening, path: str) -> Place:
    filled = opening.place(path)
    scheme, remote, rest = filled.partition("://")
    if not remote or scheme == "file":
        return LocalPlace(opening.config.name, Path(rest if remote else filled))
    return ObjectPlace(opening.config.name, filled, storage_options(opening.credentials, scheme))


KIND = Kind(options=FilesOptions, partitions=("all",), open=_open)
