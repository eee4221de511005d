"""Which port to listen on: the usual one, or the next that is free."""

import socket

from kintsugi.errors import ConfigurationError

ATTEMPTS = 100


def is_free(host: str, port: int) -> bool:
    """Tell whether nobody listens on ``port`` and we may.

    Asks twice: a connection that is accepted means taken (also by somebody who listens on all addresses), and so does
    a bind that is refused. A port whose last connections are still closing counts as free.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        if probe.connect_ex((host, port)) == 0:
            return False
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str, usual: int, attempts: int = ATTEMPTS) -> int:
    """Return ``usual`` if it is free, else the next free port above it.

    Raises:
        ConfigurationError: none of ``attempts`` ports is free, or the host is not an address of this machine.
    """
    last = min(usual + attempts, 65536)
    for port in range(usual, last):
        if is_free(host, port):
            return port
    raise ConfigurationError(
        f"server.host {host}: no port from {usual} to {last - 1} can be bound",
        expected="an address of this machine with a free port",
        next_step="set KINTSUGI_SERVER__PORT to a free port, or correct KINTSUGI_SERVER__HOST",
    )
