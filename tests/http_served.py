"""A server of HTTP on loopback, in a thread of the test's process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def served(
    handler: type[BaseHTTPRequestHandler], server: type[ThreadingHTTPServer] = ThreadingHTTPServer
) -> Iterator[str]:
    """Serve on a free port until the block ends; yield the address."""
    at = server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=at.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{at.server_address[1]}"
    finally:
        at.shutdown()
        at.server_close()
        thread.join()
