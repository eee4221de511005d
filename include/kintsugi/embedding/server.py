"""The platform's model server: one process holds the model, everybody else asks it over a Unix socket.

Loading the model takes time and memory (with torch ten seconds and 500 MB); without a server each of Airflow's task
processes would pay that.
The socket is open only to the user who runs the platform. Started as ``python -m kintsugi.embedding.server``.
"""

import os
import socket
import threading
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from kintsugi.embedding.address import LONGEST, socket_path
from kintsugi.embedding.client import FINGERPRINT_HEADER
from kintsugi.embedding.connect import own_embedder
from kintsugi.embedding.lazy import LazyEmbedder
from kintsugi.embedding.port import Embedder
from kintsugi.errors import ConfigurationError, KintsugiError
from kintsugi.records import Fingerprint
from kintsugi.settings import load_settings
from kintsugi.stores.search import Floats


class Texts(BaseModel):
    """The body of a request: texts to embed."""

    model_config = ConfigDict(extra="forbid")

    texts: list[str] = []


def make_app(embedder: Embedder) -> FastAPI:
    """Return the app; its handlers run in threads and wait for their turn, and for a model that is still loading."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/fingerprint")
    def fingerprint() -> Fingerprint:
        return embedder.fingerprint

    @app.post("/embed")
    def embed(body: Texts) -> Response:
        return _binary(embedder.embed(body.texts), embedder.fingerprint)

    @app.post("/embed_queries")
    def embed_queries(body: Texts) -> Response:
        return _binary(embedder.embed_queries(body.texts), embedder.fingerprint)

    @app.exception_handler(KintsugiError)
    def explain(request: Request, error: KintsugiError) -> Response:
        return JSONResponse({"detail": str(error)}, 422 if isinstance(error, ConfigurationError) else 503)

    return app


def _binary(vectors: Floats, fingerprint: Fingerprint) -> Response:
    return Response(
        vectors.astype("<f4").tobytes(),
        media_type="application/octet-stream",
        headers={FINGERPRINT_HEADER: fingerprint.id},
    )


def listen(path: Path) -> socket.socket:
    """Return a listening socket that only this user may connect to, in place of a dead server's.

    Raises:
        ConfigurationError: the path is longer than a socket's may be.
    """
    if len(os.fsencode(path)) > LONGEST:
        raise ConfigurationError(
            f"model server: the path of its socket is too long: {path}",
            expected=f"at most {LONGEST} bytes",
            got=f"{len(os.fsencode(path))} bytes",
            next_step="set KINTSUGI_VAR to a shorter folder, or embedding.server = false",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
    finally:
        os.umask(before)
    return listening


def main() -> None:
    """Serve until told to stop; the model loads while the first callers wait."""
    settings = load_settings()
    embedder = own_embedder(settings)
    listening = listen(socket_path(settings))
    threading.Thread(target=_warm, args=(embedder,), name="load-model", daemon=True).start()
    uvicorn.Server(uvicorn.Config(make_app(embedder), log_level="warning", access_log=False)).run(sockets=[listening])


def _warm(embedder: LazyEmbedder) -> None:
    try:
        structlog.get_logger().info("model_loaded", fingerprint=embedder.model().fingerprint.id)
    except KintsugiError as error:
        structlog.get_logger().error("model_not_loaded", error=str(error))


if __name__ == "__main__":
    main()
