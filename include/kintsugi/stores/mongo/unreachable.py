"""Why a server can't be reached, or can't be worked with: told apart by what the driver saw at its last try."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pymongo.errors import ConfigurationError as DriverConfigurationError
from pymongo.errors import InvalidURI, PyMongoError

from kintsugi.errors import AGAIN, ConfigurationError, KintsugiError, StoreUnavailable
from kintsugi.stores.place import without_secrets


@dataclass(frozen=True)
class _Reason:
    """What a piece of the driver's message means."""

    seen: re.Pattern[str]
    kind: type[KintsugiError]
    expected: str
    next_step: str


def _reason(seen: str, kind: type[KintsugiError], expected: str, next_step: str) -> _Reason:
    return _Reason(re.compile(seen, re.IGNORECASE), kind, expected, next_step)


_REASONS = (
    _reason(
        "certificate.verify.failed|hostname mismatch|doesn't match|not valid for",
        ConfigurationError,
        "a certificate that a known authority signed for this host",
        "set the ca_file to the authority that signed it, and use the name that the certificate is for",
    ),
    _reason(
        "wrong.version.number|record layer failure|unexpected eof|unknown protocol|packet length too long|http.request",
        ConfigurationError,
        "a server that speaks TLS",
        "switch TLS on at the server, or take ca_file and tls=true out of the settings",
    ),
    _reason(
        "ssl|tls",
        ConfigurationError,
        "a TLS connection",
        "check ca_file and the TLS options of the URI against the server's",
    ),
    _reason(
        "message length|unknown opcode|got response id|protocolerror|invalid bson|not enough data",
        ConfigurationError,
        "a server that speaks MongoDB's protocol",
        "check the port: another service listens there, or one that wants TLS (set ca_file, or tls=true in the URI)",
    ),
    _reason(
        "refused",
        StoreUnavailable,
        "a server that listens there",
        "start the server, or correct the host and port of the connection",
    ),
    _reason(
        "name or service|nodename|getaddrinfo|name resolution|no address",
        StoreUnavailable,
        "a host name that is known",
        "correct the host of the connection, or look at the name server",
    ),
    _reason(
        "connection closed|reset by peer|broken pipe|incomplete read",
        StoreUnavailable,
        "a connection that stays",
        f"{AGAIN}; a write may be done twice. If no connection ever stays, the server may want TLS (set "
        "ca_file, or tls=true in the URI), or another service listens there",
    ),
    _reason(
        "no primary|no replica set members|notprimary|not master",
        StoreUnavailable,
        "a primary",
        "it passes once the replica set has elected one; if not, look at its members and at replicaSet in the URI",
    ),
)
_SILENT = _reason(
    "",
    StoreUnavailable,
    "an answer in time",
    "look whether the server runs and the network lets it through; then " + AGAIN,
)


def explained_silence(error: PyMongoError, what: str) -> KintsugiError:
    """Return the platform's error for a server that can't be reached or stopped answering."""
    saw = _last_try(str(error))
    reason = next((reason for reason in _REASONS if reason.seen.search(saw)), _SILENT)
    return reason.kind(what, expected=reason.expected, got=saw, next_step=reason.next_step)


def refused_by_the_driver(error: DriverConfigurationError, what: str) -> KintsugiError:
    """Return the platform's error for settings, or a server's age, that the driver doesn't work with."""
    said = str(error)
    if "wire version" in said:
        old = "reports wire version" in said
        return ConfigurationError(
            what,
            expected="MongoDB 4.4 or later, or a server that speaks its protocol" if old else "a server not so new",
            got=said,
            next_step="upgrade the server" if old else "upgrade pymongo",
        )
    if isinstance(error, InvalidURI):
        return _unreadable(what)
    if re.search("DNS|resolution|SRV", said):
        return StoreUnavailable(
            what,
            expected="a host name that is known",
            got=said,
            next_step="correct the host of the connection, or look at the name server",
        )
    return ConfigurationError(what, got=without_secrets(said), next_step="correct the connection's options")


@contextmanager
def built(what: str) -> Iterator[None]:
    """Translate what goes wrong while a client is built, before it connects.

    The driver's own message is left out of the trace: it may quote a piece of a password that stands in the address and
    isn't percent-encoded, as a port that is no number for one.
    """
    try:
        yield
    except DriverConfigurationError as error:
        raise refused_by_the_driver(error, what) from None
    except ValueError:
        raise _unreadable(what) from None
    except OSError as error:  # of the files that TLS needs
        raise ConfigurationError(
            what,
            expected="certificate files that can be read",
            got=without_secrets(str(error)),
            next_step="correct ca_file, or tlsCAFile and tlsCertificateKeyFile in the address",
        ) from error


def _unreadable(what: str) -> ConfigurationError:
    return ConfigurationError(
        what,
        expected="an address mongodb://host:port or mongodb+srv://host with options that the driver knows",
        got="one that can't be read",
        next_step="correct it; keep the password out of it, or percent-encode it",
    )


def _last_try(message: str) -> str:
    """Return what the driver saw, without its own settings and its map of the servers."""
    message = re.sub(r", (full error|Timeout: [\d.]+s, Topology Description): .*", "", message, flags=re.DOTALL)
    return without_secrets(re.sub(r" \(configured timeouts: [^)]*\)", "", message))
