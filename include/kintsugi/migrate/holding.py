"""Keeping others out of the record stores that a migration works on, where other machines could open them."""

from typing import Protocol, runtime_checkable

from kintsugi.stores.records import RecordStore


@runtime_checkable
class Holdable(Protocol):
    """A record store that others may open from elsewhere; the embedded one is kept by the platform's own lock."""

    def hold(self, migration: str) -> None:
        """Let only this migration open it from now on."""
        ...

    def let_go(self, migration: str) -> None:
        """End what `hold` began."""
        ...


def hold(records: RecordStore, migration: str) -> None:
    """Hold the store where it can be held; before anything else is asked of it.

    Raises:
        ConfigurationError: another migration holds it.
        StoreUnavailable: it can't be reached.
    """
    if isinstance(records, Holdable):
        records.hold(migration)


def let_go(records: RecordStore, migration: str) -> None:
    """Let others open the store again, where this migration held it.

    Raises:
        StoreUnavailable: it can't be reached.
    """
    if isinstance(records, Holdable):
        records.let_go(migration)
