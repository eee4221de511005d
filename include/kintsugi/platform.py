"""The composition root: settings in, a wired platform out."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kintsugi.settings import Settings, load_settings

if TYPE_CHECKING:
    from kintsugi.embedding.port import Embedder
    from kintsugi.stores.records import RecordStore
    from kintsugi.stores.search import SearchIndex

Clock = Callable[[], float]
PARTS = ("records", "index", "embedder")


@dataclass(frozen=True)
class Platform:
    """Everything that works on the truth and its projection, opened when first used.

    Heavy engines (LanceDB, the model) are imported by the property that needs them, so that a task that only reads
    records pays nothing for the rest. Tests build one on a temporary folder with their own clock.
    """

    settings: Settings
    clock: Clock = time.time

    @cached_property
    def records(self) -> "RecordStore":
        """The truth."""
        from kintsugi.stores.opening import open_records

        return open_records(self.settings, self.clock)

    @cached_property
    def index(self) -> "SearchIndex":
        """The projection."""
        from kintsugi.stores.opening import open_index

        return open_index(self.settings, lambda: self.records)

    @cached_property
    def embedder(self) -> "Embedder":
        """The model: the platform's model server where it answers, else loaded into this process."""
        from kintsugi.embedding.connect import connect_embedder

        return connect_embedder(self.settings)

    def look(self) -> None:
        """Ask both engines whether they can be worked with.

        Raises:
            StoreUnavailable: one can't be reached.
            ConfigurationError: one is too old, refuses the login, or belongs to somebody else.
        """
        self.records.describe()
        self.index.describe()

    def using(self, **parts: object) -> "Platform":
        """Return a platform with these parts (``records``, ``index``, ``embedder``) in place of its own."""
        other = Platform(self.settings, self.clock)
        other.__dict__.update({**{name: self.__dict__[name] for name in PARTS if name in self.__dict__}, **parts})
        return other

    def close(self) -> None:
        """Close what was opened."""
        for name in PARTS:
            opened = self.__dict__.pop(name, None)
            if hasattr(opened, "close"):
                opened.close()


def open_platform(settings: Settings | None = None) -> Platform:
    """Return the platform that the environment describes.

    Raises:
        ConfigurationError: the settings name other engines than those that hold this platform's records.
        StoreUnavailable: engines elsewhere that were never used before don't answer.
    """
    from kintsugi.stores.binding import hold_to_place

    platform = Platform(settings or load_settings())
    hold_to_place(platform.settings, platform.look)
    return platform
