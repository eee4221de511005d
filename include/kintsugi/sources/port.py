"""`Source`: where documents come from, and what a source hands over for each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kintsugi.errors import DataError
from kintsugi.records import Labels


class ItemVanished(DataError):
    """The item was listed, and was gone when it was to be read: the source no longer has it."""

    check = "still-there"


@dataclass(frozen=True)
class RawItem:
    """One thing that a source has, not read yet.

    Attributes:
        external_id: the source's own name of it; unique within the source, printable, stable between runs.
        media_type: what the bytes are; "" when only the bytes can tell.
        locator: URL where the item can be read again, e.g. for a replay from quarantine.
        read: returns the bytes. Raises `ItemVanished` when it is gone and `DataError` when it can't be taken in.
        labels: who may see it and how far it is to be believed.
        raw_digest: digest that changes whenever the bytes would; "" means that the bytes have to be read to know.
        title: a title that the source knows; "" leaves it to the parser.
        metadata: facts about the item, kept with the document.
    """

    external_id: str
    media_type: str
    locator: str
    read: Callable[[], bytes]
    labels: Labels
    raw_digest: str = ""
    title: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


class Source(Protocol):
    """A place that documents come from, cut into partitions.

    Implementers guarantee: `items` lists the same unchanged partition in the same order with the same ids and digests,
    holds at most a page of it in memory, and raises rather than leaving out what it could not list, because what is
    absent from a complete listing counts as deleted.

    Attributes:
        name: the source's name in the records; part of each document's id.
        contract: name of the contract that its documents have to keep, see `kintsugi.contracts`.
        complete: whether `items` lists everything that the partition has, so that absence is deletion.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def contract(self) -> str: ...  # noqa: D102

    @property
    def complete(self) -> bool: ...  # noqa: D102

    def check(self) -> None:
        """Return when the source answers.

        Raises:
            SourceUnavailable: it does not, for now.
        """
        ...

    def partition_ready(self, partition: str, now: float) -> bool:
        """Return whether the partition can be expected to be complete at ``now``, seconds since the epoch.

        Raises:
            TerminalError: the source can have no partition of this name.
        """
        ...

    def items(self, partition: str) -> Iterator[RawItem]:
        """Yield what the partition has.

        Raises:
            SourceUnavailable: the source stopped answering; what was yielded so far is not everything.
        """
        ...
