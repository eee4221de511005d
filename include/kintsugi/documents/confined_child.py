"""What runs in the child of `kintsugi.documents.confined`: one document after another, until the parent is gone.

Started as ``python -m kintsugi.documents.confined_child FD SECONDS MEMORY_MB``.
"""

import contextlib
import os
import resource
import signal
import sys
from multiprocessing.connection import Connection
from typing import Any

from kintsugi.documents.parse import parse
from kintsugi.documents.screen import screened
from kintsugi.errors import DataError

OUT_OF_MEMORY = 77
"""Exit code: nothing may be allocated any more, so that there is no other way to say it."""

_AFTER_THE_PARENT = 5.0
"""Seconds after which the child ends itself, should its parent have died and left it with a document without end."""


def serve(line: "Connection[Any, Any]", seconds: float) -> None:
    """Answer each document with what was made of it, or the error that refuses it."""
    line.send("ready")
    while True:
        try:
            data, media_type, name, title, policy = line.recv()
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_REAL, seconds + _AFTER_THE_PARENT)
        try:
            parsed = parse(data, media_type, name, title)
            line.send(screened(parsed, policy, name) if policy else parsed)
        except DataError as error:
            line.send(error)
        signal.setitimer(signal.ITIMER_REAL, 0)
        del data


def main(arguments: list[str]) -> None:
    """Serve within the limits, and leave the terminal's interrupt to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    # The interpreter may spin for ever once its last bytes are gone: the parent's watch comes first. This stops what
    # grows too fast for it, since a single large allocation fails cleanly.
    limit = 2 * int(arguments[2]) * 1_000_000
    with contextlib.suppress(ValueError, OSError):  # a system without such a limit
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        serve(Connection(int(arguments[0])), float(arguments[1]))
    except (BrokenPipeError, ConnectionResetError):
        return
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main(sys.argv[1:])
