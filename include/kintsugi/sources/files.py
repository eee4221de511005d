"""Files of a place as a source: each file is an item, an archive is a folder, a listing is a snapshot."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial

from kintsugi.errors import DataError
from kintsugi.records import Labels
from kintsugi.sources.archives.archive import Archive
from kintsugi.sources.archives.found import USUAL, Limits
from kintsugi.sources.archives.names import kind_of
from kintsugi.sources.archives.positioned import HeldFile
from kintsugi.sources.log_events import Log, LogEvents
from kintsugi.sources.media import LOG, MARKDOWN, media_type_of
from kintsugi.sources.partitions import WHOLE, is_over
from kintsugi.sources.places.place import Entry, Place
from kintsugi.sources.places.selection import EVERYTHING, Selection
from kintsugi.sources.port import ItemVanished, RawItem
from kintsugi.sources.sizes import cut_short, too_large

PARTITION = WHOLE


@dataclass(frozen=True)
class Reading:
    """How the files of a source are read.

    Attributes:
        max_bytes: larger documents are refused without being read.
        prefix: put before each external id, so that several places can share a source.
        selection: which files are wanted.
        archives: what an archive may have.
        logs: makes documents of logs, each kind of message one; ``None`` takes a log as one text.
    """

    max_bytes: int
    prefix: str = ""
    selection: Selection = EVERYTHING
    archives: Limits = USUAL
    logs: LogEvents | None = None


class FileSource:
    """The files of a place in a fixed order; one partition, ``all``.

    A file in an archive is an item of its own, ``docs.zip/inner/a.md``. An archive that can't be read to its end is
    refused as one item, and what it held before stays. Of a log, however long, each kind of message is an item,
    ``app.log#<id>``.

    Args:
        name: the source's name.
        place: where the files lie.
        labels: labels of every document.
        reading: how they are read.
    """

    contract = "documents"
    complete = True

    def __init__(self, name: str, place: Place, labels: Labels, reading: Reading) -> None:
        self.name = name
        self._place = place
        self._labels = labels
        self._reading = reading
        self._unlisted: list[str] = []

    @property
    def unlisted(self) -> tuple[str, ...]:
        """External ids of what could not be listed: nothing is known of what lies below them."""
        return tuple(self._unlisted)

    def check(self) -> None:
        """Return when the place answers.

        Raises:
            SourceUnavailable: it does not, for now.
            TerminalError: it refuses the credentials.
        """
        self._place.check()

    def partition_ready(self, partition: str, now: float) -> bool:
        """Return whether the place is there: a folder is complete whenever it is looked at.

        Raises:
            TerminalError: the partition is another than ``all``.
        """
        return is_over(self.name, "all", partition, now) and self._place.exists()

    def items(self, partition: str = PARTITION) -> Iterator[RawItem]:
        """Yield every wanted file of the place.

        Raises:
            SourceUnavailable: the place, or a folder in it that still exists, can't be listed.
        """
        self._unlisted = []
        for entry in self._place.entries():
            yield from self._items_of(entry)
        if self._reading.logs:
            self._reading.logs.forget_others()

    def item(self, partition: str, external_id: str) -> RawItem | None:
        """Return the item of this name, or ``None`` when the place no longer has it. Other files are not read."""
        path = external_id.removeprefix(self._reading.prefix)
        parts = path.split("/")
        for length in range(len(parts), 0, -1):
            above = "/".join(parts[:length])
            for name in (above, above.rpartition("#")[0]):
                entry = self._place.entry(name) if name else None
                if entry:
                    return next((each for each in self._items_of(entry) if each.external_id == external_id), None)
        return None

    def _items_of(self, entry: Entry) -> Iterator[RawItem]:
        if self._reading.selection.excludes(entry.path):
            return
        document = self._reading.prefix + entry.path
        if kind_of(entry.name):
            yield from self._members_of(entry, document)
        elif not self._reading.selection.wants(entry.path):
            return
        elif entry.refusal:
            yield self._item(entry.path, entry.locator, partial(_refuse, entry.refusal))
        elif self._is_log(entry.path):
            yield from self._events(self._log(entry, document), entry.path, entry.locator)
        else:
            read = partial(read_file, entry, document, self._reading.max_bytes)
            yield self._item(entry.path, entry.locator, read, entry.version)

    def _members_of(self, entry: Entry, document: str) -> Iterator[RawItem]:
        try:
            if entry.refusal:
                raise entry.refusal
            with entry.opened(document) as file:
                held = HeldFile.of(file)
                written_at = entry.written_at or held.written_at
                archive = Archive(document, held, kind_of(entry.name), self._reading.archives)
                members = archive.members(self._largest)
        except ItemVanished:
            return
        except DataError as error:
            self._unlisted.append(document)
            yield self._item(entry.path, entry.locator, partial(_refuse, error))
            return
        logs = archive.another()
        for member in members:
            path = f"{entry.path}/{member.path}"
            if not self._reading.selection.wants(path):
                continue
            locator = f"{entry.locator}#{member.path}"
            if self._is_log(path) and not member.refusal:
                log = Log(f"{document}/{member.path}", partial(logs.open, member), lambda: written_at, member.digest)
                yield from self._events(log, path, locator)
            else:
                yield self._item(path, locator, partial(archive.read, member), member.digest)

    def _log(self, entry: Entry, document: str) -> Log:
        @cache
        def held() -> HeldFile:
            with entry.opened(document) as file:
                return HeldFile.of(file)

        return Log(document, lambda: held().reader(), lambda: entry.written_at or held().written_at, entry.version)

    def _events(self, log: Log, path: str, locator: str) -> Iterator[RawItem]:
        """Yield a log's events, or one item that says why there are none; what is known of an unreadable one stays."""
        try:
            for event in self._reading.logs.of(log) if self._reading.logs else ():
                yield RawItem(
                    external_id=f"{log.document}#{event.id}",
                    media_type=MARKDOWN,
                    locator=f"{locator}#{event.id}",
                    read=event.read,
                    labels=self._labels,
                    raw_digest=event.digest,
                    title=event.title,
                    metadata=event.metadata,
                )
        except ItemVanished:
            return
        except DataError as error:
            if error.check == "readable":
                self._unlisted.append(log.document)
            yield self._item(path, locator, partial(_refuse, error))

    def _is_log(self, path: str) -> bool:
        return self._reading.logs is not None and media_type_of(path) == LOG

    def _largest(self, path: str) -> int:
        return self._reading.archives.total_bytes if self._is_log(path) else self._reading.max_bytes

    def _item(self, path: str, locator: str, read: Callable[[], bytes], version: str = "") -> RawItem:
        external_id = self._reading.prefix + path
        return RawItem(external_id, media_type_of(path), locator, read, self._labels, version)


def read_file(entry: Entry, external_id: str, max_bytes: int) -> bytes:
    """Return the bytes of a file of at most ``max_bytes``.

    Raises:
        ItemVanished: the file is gone.
        DataError: it is too large, can't be read, or ends before it should.
    """
    with entry.opened(external_id) as file:
        size = file.seek(0, 2)
        if size > max_bytes:
            raise too_large(external_id, size, max_bytes)
        file.seek(0)
        data = file.read(max_bytes + 1 if size == 0 else size + 1)
    if len(data) > max_bytes:
        raise too_large(external_id, len(data), max_bytes)
    if len(data) < size:
        raise cut_short(external_id, size, len(data))
    return data


def _refuse(error: DataError) -> bytes:
    raise error
