"""Releases of the same documents in one tar archive: unpacked one member at a time, in the order of their versions."""

import heapq
import itertools
import os
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

from kintsugi.errors import ConfigurationError

Parts = tuple[str, ...]


def unpacked(archive: Path, to: Path, documents: int | None = None) -> list[Path]:
    """Unpack an archive and return the folder of each release, the oldest first.

    Args:
        archive: a tar archive, packed or not, whose top-level folders are the releases.
        to: an empty folder.
        documents: how many names of files to keep, the first ones of all releases' names taken together; ``None``
            keeps all. A release has fewer when some of the names aren't in it.

    Raises:
        ConfigurationError: it is no tar archive, or has no folders.
    """
    try:
        with tarfile.open(archive, "r|*") as packed:
            while member := packed.next():
                packed.extract(member, to, filter="data")
                packed.members = []  # type: ignore[attr-defined]  # what it remembers would grow with the archive
    except (OSError, tarfile.TarError) as error:
        raise ConfigurationError(
            f"releases {archive}: they can't be unpacked",
            expected="a tar archive with a folder for each release",
            got=str(error),
            next_step="give the path of one",
        ) from error
    releases = sorted((each for each in to.iterdir() if each.is_dir()), key=lambda each: version_order(each.name))
    if not releases:
        raise ConfigurationError(
            f"releases {archive}: there are none",
            expected="a folder for each release at the top of the archive",
            next_step="pack it from the folder that the releases lie in",
        )
    if documents is not None:
        _keep_first(releases, documents)
    return releases


def version_order(name: str) -> list[tuple[int, str]]:
    """Return a key that puts 4.9 before 4.10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def files_of(folder: Path) -> Iterator[Parts]:
    """Yield the names of all files below, sorted, as parts of their paths. Memory holds a folder at a time."""
    for entry in sorted(os.scandir(folder), key=lambda each: each.name):
        if entry.is_dir(follow_symlinks=False):
            yield from ((entry.name, *rest) for rest in files_of(folder / entry.name))
        elif entry.is_file(follow_symlinks=False):
            yield (entry.name,)


def _keep_first(releases: list[Path], count: int) -> None:
    merged = heapq.merge(*(files_of(each) for each in releases))
    names = (name for name, _ in itertools.groupby(merged))
    for first_left_out in itertools.islice(names, count, count + 1):
        for release in releases:
            for name in files_of(release):
                if name >= first_left_out:
                    release.joinpath(*name).unlink()
