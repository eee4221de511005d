"""The alias that other programs read: whether it is free for this platform, or its own already."""

from collections.abc import Callable, Mapping
from typing import Any

from kintsugi.errors import ConfigurationError
from kintsugi.stores.opensearch import mapping, names
from kintsugi.stores.opensearch.mapping import OTHER_PREFIX


def holders(found: Mapping[str, Any], prefix: str, owner: Callable[[], str | None], what: str) -> list[str]:
    """Return the indexes of this platform that have the alias, sorted.

    Args:
        found: the mappings of all indexes that go by the alias's name.
        owner: whose indexes, asked only where there is any; see `mapping.is_ours`.
        what: begins an error.

    Raises:
        ConfigurationError: an index has the alias's name, or somebody else's index has the alias.
    """
    alias = names.served(prefix)
    if alias in found:
        raise taken(prefix, what)
    for real in sorted(found):
        if not mapping.is_ours(found[real], prefix, owner()):
            raise ConfigurationError(
                what,
                expected=f"the alias {alias} on indexes of this platform",
                got=f"it on {real}, an index of somebody else; it was left as it is",
                next_step=f"have its owner rename the alias; {OTHER_PREFIX}",
            )
    return sorted(found)


def taken(prefix: str, what: str) -> ConfigurationError:
    """Return the error for an index that is called what the alias has to be called."""
    return ConfigurationError(
        what,
        expected=f"{names.served(prefix)} to be free for an alias",
        got="an index of that name; it was left as it is",
        next_step=f"have its owner rename it; {OTHER_PREFIX}",
    )
