"""Where a process gets its vectors from."""

from kintsugi.embedding.address import answers, socket_path
from kintsugi.embedding.lazy import LazyEmbedder
from kintsugi.embedding.port import Embedder
from kintsugi.settings import Settings


def connect_embedder(settings: Settings) -> Embedder:
    """Return the model server's client where one answers, else the model in this process, loaded when needed."""
    if settings.embedding.server and answers(settings):
        from kintsugi.embedding.client import RemoteEmbedder

        return RemoteEmbedder(socket_path(settings), settings.embedding)
    return own_embedder(settings)


def own_embedder(settings: Settings) -> LazyEmbedder:
    """Return the model in this process."""
    return LazyEmbedder(settings.embedding, settings.run_path / "fingerprints", settings.var / "models")
