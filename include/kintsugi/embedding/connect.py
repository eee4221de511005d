"""Where a process gets its vectors from."""

import socket

from kintsugi.embedding.lazy import LazyEmbedder
from kintsugi.embedding.port import Embedder
from kintsugi.settings import Settings


def connect_embedder(settings: Settings) -> Embedder:
    """Return the model server's client where one answers, else the model in this process, loaded when needed."""
    path = settings.run_path / "embedder.sock"
    if settings.embedding.server and _answers(str(path)):
        from kintsugi.embedding.client import RemoteEmbedder

        return RemoteEmbedder(path, settings.embedding)
    return LazyEmbedder(settings.embedding, settings.run_path / "fingerprints")


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(path)
        except OSError:
            return False
    return True
