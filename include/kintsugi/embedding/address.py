"""The model server's socket: where it is, whether it fits, and whether somebody answers."""

import os
import socket
from pathlib import Path

from kintsugi.settings import Settings

LONGEST = 103
"""Bytes that the path of a Unix socket may have: 107 on Linux, 103 on macOS."""


def socket_path(settings: Settings) -> Path:
    """Where the model server listens."""
    return settings.run_path / "embedder.sock"


def fits(settings: Settings) -> bool:
    """Tell whether the path is short enough for a socket; in a deep folder, tasks load the model themselves."""
    return len(os.fsencode(socket_path(settings))) <= LONGEST


def answers(settings: Settings) -> bool:
    """Tell whether the model server accepts connections."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(socket_path(settings)))
        except OSError:
            return False
    return True


def is_served(settings: Settings) -> bool:
    """Tell whether a model server is to run."""
    return settings.embedding.server and fits(settings)
