"""What an index of the platform is called in the engine."""

from kintsugi.errors import ConfigurationError, StoreUnavailable
from kintsugi.stores.search import INDEX_NAME, is_index_name

SERVED = "served"
"""The alias; no index may have its name."""


def real(prefix: str, name: str) -> str:
    """Return the index's name in the engine."""
    return f"{prefix}-{name}"


def door(prefix: str, name: str) -> str:
    """Return the alias that writes go through: a write to an alias that is gone never makes an index by itself.

    No index name has a ``~``, so it can't be another's.
    """
    return f"{prefix}-{name}~write"


def served(prefix: str) -> str:
    """Return the alias that other programs read."""
    return f"{prefix}-{SERVED}"


def usable(name: str) -> bool:
    """Return whether an index may be called that."""
    return is_index_name(name) and name != SERVED


def require_new(name: str, where: str) -> None:
    """Refuse a name that no index may have.

    Raises:
        ConfigurationError: not a name that every engine accepts, or the alias's.
    """
    if not usable(name):
        raise ConfigurationError(
            f"search index {where}: create index {name!r}",
            expected=f"a name like {INDEX_NAME}, other than {SERVED!r}",
            got=repr(name),
            next_step="name the generation otherwise",
        )


def require_existing(name: str, where: str) -> None:
    """Refuse a name that no index can have.

    Raises:
        StoreUnavailable: there is none of that name.
    """
    if not usable(name):
        raise StoreUnavailable(
            f"search index {where}: open index {name!r}",
            expected=f"the name of an index ({INDEX_NAME})",
            got=repr(name),
            next_step="list the indexes that exist; correct the caller",
        )
