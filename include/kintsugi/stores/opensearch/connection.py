"""One client a process, and one way to ask it: bounded tries, errors translated."""

import os
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from opensearchpy.exceptions import ImproperlyConfigured

from kintsugi.errors import TerminalError
from kintsugi.stores.opensearch.errors import ENGINE_ERRORS, explained, may_pass, no_client, was_cut_at_once

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

Sleep = Callable[[float], None]

PAUSES = (0.1, 0.4, 1.0)
"""Seconds between the tries of a request that was pushed back or cut off."""

WRITING = 3.0
"""What changes an index may take so many times as long as a question."""

_TLS_PATIENCE = 2.0


class Connection:
    """The client of this process; a forked child opens its own.

    The client's own retries are turned off: they would multiply with the ones here.
    """

    def __init__(self, connect: "Callable[[], OpenSearch]", *, timeout: float, sleep: Sleep) -> None:
        self._connect = connect
        self._timeout = timeout
        self._sleep = sleep
        self._opening = threading.Lock()
        self._client: OpenSearch | None = None
        self._process = 0
        self._closed = False

    @property
    def client(self) -> "OpenSearch":
        """The client of this process.

        Raises:
            ConfigurationError: none can be built from what is configured.
        """
        if self._closed:
            raise TerminalError("search index on OpenSearch: used after close", next_step="open the platform again")
        with self._opening:
            if self._client is None or self._process != os.getpid():
                try:
                    client = self._connect()
                except (ImproperlyConfigured, OSError, ValueError) as error:
                    raise no_client(error) from error
                client.transport.max_retries = 0
                self._client, self._process = client, os.getpid()
            return self._client

    @property
    def where(self) -> str:
        """The addresses, without a login."""
        return ",".join(sorted(each.host for each in self.client.transport.connection_pool.connections))

    @property
    def logs_in(self) -> bool:
        """Whether the client names a user."""
        return bool(self.client.transport.kwargs.get("http_auth"))

    @property
    def encrypts(self) -> bool:
        """Whether every address is spoken to by TLS."""
        return all(each.host.startswith("https:") for each in self.client.transport.connection_pool.connections)

    def ask(
        self,
        doing: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        params: Mapping[str, Any] | None = None,
        writing: bool = False,
    ) -> Any:
        """Return the engine's answer; ``doing`` says in errors what was tried. Every request may be sent twice.

        Raises:
            KintsugiError: as `explained` says, with the client's error as its cause.
        """
        client = self.client
        timeout = self._timeout * (WRITING if writing else 1)
        tls: bool | None = None  # asked once, where the server hangs up
        for pause in (*PAUSES, None):
            try:
                return client.transport.perform_request(
                    method, path, params=dict(params or {}), body=body, timeout=timeout
                )
            except ENGINE_ERRORS as error:
                if tls is None and was_cut_at_once(error):
                    tls = self._speaks_tls()
                if pause is not None and may_pass(error) and not tls:
                    self._sleep(pause)
                    continue
                raise explained(error, self.where, doing, speaks_tls=bool(tls)) from error
        raise AssertionError("the last try returns or raises")

    def close(self) -> None:
        """Close the client of this process; nothing can be asked afterwards."""
        if self._client is not None and self._process == os.getpid():
            self._client.close()
        self._client, self._closed = None, True

    def _speaks_tls(self) -> bool:
        address = urlsplit(self.where.split(",")[0])
        return address.scheme == "http" and speaks_tls(address.hostname or "", address.port or 80)


def speaks_tls(host: str, port: int) -> bool:
    """Return whether a server answers to a TLS greeting; its certificate doesn't matter, and nothing is sent."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection((host, port), _TLS_PATIENCE) as raw, context.wrap_socket(raw):
            return True
    except (OSError, ValueError):
        return False
