"""Which indexes of the platform the engine has, and which of them the alias names."""

from typing import Any

from kintsugi.errors import (
    AGAIN,
    ConfigurationError,
    ConflictError,
    FingerprintMismatch,
    KintsugiError,
    StoreUnavailable,
)
from kintsugi.stores.opensearch import alias, mapping, names
from kintsugi.stores.opensearch.connection import Connection
from kintsugi.stores.opensearch.errors import EXISTS, answer_of, missing
from kintsugi.stores.opensearch.mapping import Design, Held
from kintsugi.stores.owner import Owner

SERVE_TRIES = 5
_NO_SUCH_INDEX = 404


class Catalog:
    """The platform's indexes under one prefix. Whatever else is there is neither written to nor dropped.

    Args:
        owner: whose indexes; ``None`` takes each of the prefix for its own.
    """

    def __init__(self, connection: Connection, prefix: str, design: Design, owner: Owner | None = None) -> None:
        self._connection = connection
        self._prefix = prefix
        self._design = design
        self._owner = owner
        self._known: dict[str, Held] = {}

    def create(self, name: str, dimension: int) -> None:
        """Make the index with the alias that writes go through, in one step.

        Raises:
            ConfigurationError: a bad name, an index of somebody else has it, or the alias can't be the platform's.
            FingerprintMismatch: it exists with vectors of another dimension.
        """
        names.require_new(name, self._connection.where)
        self._holders(f"create index {name}")
        doing, real = f"create index {name}", names.real(self._prefix, name)
        owner = self._owner.made() if self._owner else ""
        body = {**mapping.body(self._prefix, dimension, self._design, owner), "aliases": {self.door(name): {}}}
        try:
            self._connection.ask(doing, "PUT", f"/{real}", body, writing=True)
        except KintsugiError as error:
            if answer_of(error).type != EXISTS:
                raise
            there = self._read(name, doing)
            if there is None:
                raise ConflictError(self._what(doing), got="it was dropped meanwhile", next_step=AGAIN) from error
            self.require_dimension(name, there.dimension, dimension, doing)
        self._known.pop(name, None)

    def drop(self, name: str) -> None:
        """Remove the index, whatever its mapping has become; nothing happens when it does not exist.

        Raises:
            ConfigurationError: the index of that name is somebody else's.
        """
        if not names.usable(name) or self._ours(name, f"drop index {name}") is None:
            return
        try:
            self._connection.ask(f"drop index {name}", "DELETE", f"/{names.real(self._prefix, name)}", writing=True)
        except KintsugiError as error:
            if answer_of(error).status != _NO_SUCH_INDEX:
                raise
        self.forget(name)

    def names(self) -> list[str]:
        """Return the names of the indexes that this platform made, sorted."""
        found = self._mappings(f"{self._prefix}-*", "list the indexes")
        start = len(self._prefix) + 1
        owner = self._known_owner()
        return sorted(real[start:] for real, each in found.items() if mapping.is_ours(each, self._prefix, owner))

    def held(self, name: str, doing: str, *, fresh: bool = False) -> Held:
        """Return what the index holds, remembered from the last look unless ``fresh``.

        Raises:
            StoreUnavailable: there is none of that name.
            ConfigurationError: it is somebody else's, or its mapping was changed.
        """
        names.require_existing(name, self._connection.where)
        if fresh or name not in self._known:
            there = self._read(name, doing)
            if there is None:
                self.forget(name)
                raise missing(self._what(doing), f"no index {names.real(self._prefix, name)}")
            self._known[name] = there
        return self._known[name]

    def forget(self, name: str) -> None:
        """Look at the index anew the next time."""
        self._known.pop(name, None)

    def door(self, name: str) -> str:
        """Return the alias that writes to the index go through."""
        return names.door(self._prefix, name)

    def real(self, name: str) -> str:
        """Return the index's name in the engine."""
        return names.real(self._prefix, name)

    def require_dimension(self, name: str, here: int, dimension: int, doing: str) -> None:
        """Refuse vectors of another length.

        Raises:
            FingerprintMismatch: the index holds vectors of ``here`` components.
        """
        if dimension != here:
            raise FingerprintMismatch(
                self._what(doing),
                expected=f"vectors of dimension {here}",
                got=f"dimension {dimension}",
                next_step="publish: another embedding gets a generation of its own",
            )

    def serve(self, name: str) -> None:
        """Let the alias name this index and no other, in one step.

        Raises:
            ConfigurationError: an index has the alias's name, or somebody else's index has the alias.
        """
        doing, served = f"serve {name}", names.served(self._prefix)
        self.held(name, doing, fresh=True)
        for _ in range(SERVE_TRIES):
            holders = self._holders(doing)
            if holders == [self.real(name)]:
                return
            actions: list[dict[str, Any]] = [
                {"remove": {"index": real, "alias": served}} for real in holders if real != self.real(name)
            ]
            actions.append({"add": {"index": self.real(name), "alias": served}})
            try:
                self._connection.ask(doing, "POST", "/_aliases", {"actions": actions}, writing=True)
            except KintsugiError as error:
                if answer_of(error).type == "invalid_alias_name_exception":
                    raise alias.taken(self._prefix, self._what(doing)) from error
                if answer_of(error).type not in ("aliases_not_found_exception", "index_not_found_exception"):
                    raise
                self.held(name, doing, fresh=True)
        raise ConflictError(
            self._what(doing),
            expected=f"the alias {served} on {self.real(name)} alone",
            got="another process that moves it at the same time, each time",
            next_step=f"{AGAIN}; the pointer record says which generation serves",
        )

    def require_alias(self) -> None:
        """Refuse a prefix whose alias can't be the platform's; nothing is said where the user may not look.

        Raises:
            StoreUnavailable: the engine can't be reached.
            ConfigurationError: an index has the alias's name, or somebody else's index has the alias.
        """
        doing = "look at the alias"
        try:
            found = self._mappings(names.served(self._prefix), doing)
        except StoreUnavailable:
            raise
        except KintsugiError:
            return
        alias.holders(found, self._prefix, self._owner_if_told, self._what(doing))

    def _holders(self, doing: str) -> list[str]:
        """Return the indexes that have the alias.

        Raises:
            ConfigurationError: as `serve`.
        """
        found = self._mappings(names.served(self._prefix), doing)
        return alias.holders(found, self._prefix, self._known_owner, self._what(doing))

    def _read(self, name: str, doing: str) -> Held | None:
        ours = self._ours(name, doing)
        return None if ours is None else mapping.held(ours, self.real(name), self._what(doing))

    def _ours(self, name: str, doing: str) -> dict[str, Any] | None:
        """Return the mapping of an index of ours, ``None`` when there is none of that name."""
        real = self.real(name)
        found = self._mappings(real, doing)
        if not found:
            return None
        if real not in found:
            raise ConfigurationError(
                self._what(doing),
                expected=f"{real} to be an index",
                got=f"an alias of {', '.join(sorted(found))}; it was left as it is",
                next_step=f"have its owner rename it; {mapping.OTHER_PREFIX}",
            )
        mapping.require_ours(found[real], self._prefix, self._known_owner(), real, self._what(doing))
        return dict(found[real])

    def _known_owner(self) -> str | None:
        return self._owner.known() if self._owner else None

    def _owner_if_told(self) -> str | None:
        """Return the owner; ``None`` while the records can't be read, which is theirs to report."""
        try:
            return self._known_owner()
        except KintsugiError:
            return None

    def _mappings(self, pattern: str, doing: str) -> dict[str, Any]:
        answer = self._connection.ask(
            doing, "GET", f"/{pattern}/_mapping", params={"ignore_unavailable": "true", "allow_no_indices": "true"}
        )
        return {real: each.get("mappings", {}) for real, each in (answer or {}).items()}

    def _what(self, doing: str) -> str:
        return f"search index {self._connection.where}: {doing}"
