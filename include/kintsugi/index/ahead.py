"""Reading ahead: the next items are fetched while the present one is worked on."""

import queue
import threading
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

READY = 1
"""Items that wait to be taken; one more is in the hands of the thread."""


@dataclass(frozen=True)
class _Failure:
    error: BaseException


class _End:
    pass


def ahead(items: Iterable[T], most: int = READY) -> Generator[T, None, None]:
    """Yield the items in their order, fetched by a thread of its own that is at most ``most`` + 1 items ahead.

    What fetching raises is raised here, after the items before it. Whoever stops early, by leaving the loop or by an
    error of their own, ends the thread: it is gone when the generator is closed.
    """
    ready: queue.Queue[T | _Failure | _End] = queue.Queue(maxsize=most)
    stopped = threading.Event()

    def put(item: T | _Failure | _End) -> bool:
        while not stopped.is_set():
            try:
                ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def fetch() -> None:
        try:
            for item in items:
                if not put(item):
                    return
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that asked
            put(_Failure(error))
        else:
            put(_End())

    fetching = threading.Thread(target=fetch, name="read-ahead", daemon=True)
    fetching.start()
    try:
        while not isinstance(item := ready.get(), _End):
            if isinstance(item, _Failure):
                raise item.error
            yield item
    finally:
        stopped.set()
        fetching.join()
