"""Indexes of a real node, straight or through a proxy, that wait for nothing and remember how long they would have."""

import time
from collections.abc import Callable
from functools import partial

from kintsugi.settings import OpenSearchSettings
from kintsugi.stores.opensearch import OpenSearchIndex
from kintsugi.stores.opensearch.client import connect


def opened(
    url: str, prefix: str, timeout: float = 30.0, sleep: Callable[[float], None] = time.sleep
) -> OpenSearchIndex:
    """Return an index as the platform opens it."""
    return OpenSearchIndex(partial(connect, OpenSearchSettings(url=url)), prefix=prefix, timeout=timeout, sleep=sleep)


class Waits(list[float]):
    """A `sleep` that returns at once; the list holds the seconds."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def hurried(url: str, prefix: str, waits: Waits, timeout: float = 10.0, **settings: object) -> OpenSearchIndex:
    """Return an index whose waits are only remembered."""
    made = OpenSearchSettings.model_validate({"url": url, **settings})
    return OpenSearchIndex(partial(connect, made), prefix=prefix, timeout=timeout, sleep=waits)
