"""`Source`: where documents come from, and what a source hands over for each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from kintsugi.errors import DataError
from kintsugi.records import Column, Labels

if TYPE_CHECKING:
    from autorefine.trajectory import Trajectory


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
        deleted: the source says that the item is gone (a delete in a change stream); it is not read, but buried.
        row: the values that it is made of, by column, of a source of rows: its cells can be judged.
    """

    external_id: str
    media_type: str
    locator: str
    read: Callable[[], bytes]
    labels: Labels
    raw_digest: str = ""
    title: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    deleted: bool = False
    row: Mapping[str, Any] | None = None


class Source(Protocol):
    """A place that documents come from, cut into partitions.

    Implementers guarantee: `items` lists the same unchanged partition in the same order with the same ids and digests,
    holds at most a page of it in memory, and raises rather than leaving out what it could not list, because what is
    absent from a complete listing counts as deleted.

    Attributes:
        name: the source's name in the records; part of each document's id.
        contract: name of the contract that its documents have to keep, see `kintsugi.contracts`.
        complete: whether `items` lists everything that the partition has, so that absence is deletion. Read after the
            listing has ended, so that a source may know it only then.
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


@runtime_checkable
class Incremental(Protocol):
    """A source that goes on where its last committed run of a partition ended, instead of listing everything.

    Implementers guarantee: reading again from the same cursor yields at least what it yielded before (what is read
    twice is written once); a cursor that the source no longer knows leads to a complete listing, never to a start at
    *now*; a cursor never moves on past something that was not yielded.
    """

    def items_after(self, partition: str, cursor: str) -> Iterator[RawItem]:
        """Yield what is new, changed or deleted since ``cursor``; "" for the first time: everything.

        Raises:
            SourceUnavailable: the source stopped answering; what was yielded so far is not everything.
        """
        ...

    @property
    def cursor(self) -> str:
        """Where the next run goes on; kept with the partition when it is committed. Known once the items have ended."""
        ...


@runtime_checkable
class Tabular(Protocol):
    """A source of rows, whose columns may change: it is held against the columns that were agreed on."""

    def columns(self, partition: str) -> tuple[Column, ...]:
        """Return names and types as the source has them now, in its order, before any renaming."""
        ...

    def sample(self, partition: str, limit: int) -> list[Mapping[str, Any]]:
        """Return some rows as they are in the source, before any renaming: to compare values of columns."""
        ...


@runtime_checkable
class GivesTrajectories(Protocol):
    """A source whose items are also attempts at tasks with an outcome, which AutoRefine learns from.

    Patterns are for everybody; so nothing is learned where ``labels`` let not everybody know it.
    """

    @property
    def labels(self) -> Labels:
        """Who may see what it brings."""
        ...

    def trajectories(self, partition: str) -> "Iterator[Trajectory]":
        """Yield them.

        Raises:
            SourceUnavailable: the source stopped answering.
        """
        ...


@runtime_checkable
class PartlyListed(Protocol):
    """A source that may list everything but what lies in a part of it, like an archive that can't be read."""

    @property
    def unlisted(self) -> tuple[str, ...]:
        """External ids of those parts, once the listing has ended: what lay in them is not deleted.

        What lies in part ``a`` is named ``a``, or begins with ``a/`` or ``a#``.
        """
        ...


@runtime_checkable
class GivesSingleItems(Protocol):
    """A source that can find one item without listing the others: for the replay of a single refusal."""

    def item(self, partition: str, external_id: str) -> RawItem | None:
        """Return the item, or ``None`` when the source no longer has it."""
        ...
