"""What looked wrong once: kept in the records between two looks, or only in this process."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from kintsugi.index.judging import KINDS, Kind, batches
from kintsugi.records import Suspect
from kintsugi.stores.records import RecordStore


class Suspects(Protocol):
    """Ids and how they are wrong. Pages may be dropped while they are walked through."""

    def keep(self, found: Iterable[tuple[Kind, str]]) -> None:
        """Note what was found and forget what was found before. Streams its input."""
        ...

    def pages(self) -> Iterator[tuple[Kind, Sequence[str]]]:
        """Yield the ids in pages, one kind after the other."""
        ...

    def drop(self, kind: Kind, ids: Iterable[str]) -> None:
        """Forget these."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...


class HeldSuspects:
    """Suspects in this process's memory: a look that writes nothing."""

    def __init__(self) -> None:
        self._ids: dict[Kind, set[str]] = {kind: set() for kind in KINDS}

    def keep(self, found: Iterable[tuple[Kind, str]]) -> None:
        """Note what was found and forget what was found before."""
        self.clear()
        for kind, id in found:
            self._ids[kind].add(id)

    def pages(self) -> Iterator[tuple[Kind, Sequence[str]]]:
        """Yield the ids in pages, one kind after the other."""
        for kind in KINDS:
            for page in batches(sorted(self._ids[kind])):
                yield kind, page

    def drop(self, kind: Kind, ids: Iterable[str]) -> None:
        """Forget these."""
        self._ids[kind].difference_update(ids)

    def clear(self) -> None:
        """Forget everything."""
        for ids in self._ids.values():
            ids.clear()


class StoredSuspects:
    """Suspects as records, so that the next step may be another process, however many there are.

    What a killed run left is judged again by the next one, and forgotten where it is right by then.
    """

    def __init__(self, records: RecordStore, generation: str) -> None:
        self._records = records
        self._targets: dict[Kind, str] = {kind: f"reconcile/{generation}/{kind}" for kind in KINDS}

    def keep(self, found: Iterable[tuple[Kind, str]]) -> None:
        """Note what was found and forget what an earlier look found."""
        now = self._records.now()
        self._records.put(
            Suspect(id=_key(target, id), target=target, item=id, first_seen=now)
            for kind, id in found
            for target in (self._targets[kind],)
        )
        for target in self._targets.values():
            earlier = (each.id for each in self._records.scan(Suspect, {"target": target}) if each.first_seen < now)
            for page in batches(earlier):
                self._records.delete(Suspect, page)

    def pages(self) -> Iterator[tuple[Kind, Sequence[str]]]:
        """Yield the ids in pages, one kind after the other."""
        for kind, target in self._targets.items():
            for page in batches(each.item for each in self._records.scan(Suspect, {"target": target})):
                yield kind, page

    def drop(self, kind: Kind, ids: Iterable[str]) -> None:
        """Forget these."""
        self._records.delete(Suspect, [_key(self._targets[kind], id) for id in ids])

    def clear(self) -> None:
        """Forget everything."""
        for kind, page in self.pages():
            self.drop(kind, page)


def _key(target: str, item: str) -> str:
    return f"{target}/{item}"
