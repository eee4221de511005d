"""What OpenSearch and its client raise, as the platform's own errors. Messages hold addresses, never a login."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from opensearchpy.exceptions import ConnectionError as Unreachable
from opensearchpy.exceptions import (
    ConnectionTimeout,
    ImproperlyConfigured,
    SerializationError,
    SSLError,
    TransportError,
)

from kintsugi.errors import AGAIN, ConfigurationError, KintsugiError, StoreUnavailable, TerminalError
from kintsugi.stores.opensearch.blocks import blocked

ENGINE_ERRORS = (TransportError, SerializationError, ImproperlyConfigured)
PASSING = (429, 502, 503, 504)
BLOCK = "cluster_block_exception"
EXISTS = "resource_already_exists_exception"

_PLAIN_HTTP = (
    "WRONG_VERSION_NUMBER",
    "RECORD_LAYER_FAILURE",
    "PACKET_LENGTH_TOO_LONG",
    "HTTP_REQUEST",
    "UNKNOWN_PROTO",
)
_NO_HTTP = ("BadStatusLine", "BadHTTPResponse", "HTTP/0.9")
_CUT_AT_ONCE = ("RemoteDisconnected", "ConnectionResetError", *_NO_HTTP)
_OBJECT = re.compile(r"<[\w.]+ object at 0x[0-9a-fA-F]+>:?\s*")


@dataclass(frozen=True)
class Answer:
    """What the engine said: the HTTP status (0 without an answer), its exception's name, and the reason in words."""

    status: int
    type: str
    reason: str

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.status or ""), self.type, self.reason) if part)[:400]


def answer_of(error: BaseException | None) -> Answer:
    """Return the engine's answer behind an error, one of ours or of the client's."""
    if isinstance(error, KintsugiError):
        error = error.__cause__
    if not isinstance(error, TransportError):
        return Answer(0, type(error).__name__, str(error))
    status = error.status_code if isinstance(error.status_code, int) else 0
    info = error.info if isinstance(error.info, dict) else {}
    told = info.get("error")
    if isinstance(told, dict):
        return Answer(status, str(told.get("type", "")), reasons(told))
    words = str(told or error.error or "") if status else _once(str(error.error), str(error.info))
    return Answer(status, "" if status else type(error).__name__, " ".join(words.split()))


def _once(words: str, more: str) -> str:
    """Return what the client says of a connection: mostly the same twice, and with places in memory."""
    words, more = _OBJECT.sub("", words), _OBJECT.sub("", more)
    if more in words:
        return words
    return more if words in more else f"{words} {more}"


def reasons(told: dict[str, object]) -> str:
    """Return the reason of an engine's error and of everything that caused it, outermost first."""
    found: list[str] = []
    for level in _causes(told):
        kind, reason = level.get("type"), str(level.get("reason") or "")
        if reason and not any(reason in each for each in found):
            found.append(reason if level is told else f"{kind}: {reason}")
    return " ← ".join(" ".join(each.split()) for each in found)


def types(told: dict[str, object]) -> list[str]:
    """Return the name of an engine's error and of everything that caused it; none holds a word of a document."""
    return [str(level.get("type", "")) for level in _causes(told)]


def _causes(told: dict[str, object]) -> Iterator[dict[str, Any]]:
    levels: list[object] = [told]
    while levels:
        level = levels.pop(0)
        if isinstance(level, dict):
            yield level
            levels += [level.get("caused_by"), *(level.get("root_cause") or [])]


def may_pass(error: Exception) -> bool:
    """Return whether the same request may succeed a moment later: pushed back, or cut off. A time-out has waited."""
    if isinstance(error, SSLError | ConnectionTimeout) or "ConnectTimeout" in str(error):
        return False
    return isinstance(error, Unreachable) or answer_of(error).status in PASSING


def was_cut_at_once(error: Exception) -> bool:
    """Return whether the server hung up without HTTP, as a TLS port does when it is spoken to in plain HTTP."""
    return isinstance(error, Unreachable) and any(sign in str(error) for sign in _CUT_AT_ONCE)


def explained(error: Exception, where: str, doing: str, *, speaks_tls: bool = False) -> KintsugiError:
    """Return the platform's error for one of the client's; ``speaks_tls`` when the port was found to."""
    what, answer = f"search index {where}: {doing}", answer_of(error)
    if speaks_tls:
        return ConfigurationError(
            what,
            expected="a server that speaks plain HTTP",
            got="one that speaks TLS",
            next_step="write https:// in opensearch.url (`use_ssl` in the connection)",
        )
    if isinstance(error, SSLError):
        return _not_trusted(what, answer)
    if isinstance(error, ConnectionTimeout):
        return StoreUnavailable(
            what,
            expected="an answer within opensearch.timeout",
            got=f"none: {answer.reason[:200]}",
            next_step="`GET _cluster/health` says whether a shard is lost, `GET _cat/thread_pool` what is full; "
            "raise opensearch.timeout if it is only slow; where nothing ever answers, another service may listen",
        )
    if isinstance(error, Unreachable) and any(sign in str(error) for sign in _NO_HTTP):
        return ConfigurationError(
            what,
            expected="a server that speaks HTTP",
            got=answer.reason[:300],
            next_step="correct the port in opensearch.url: what listens there is another service",
        )
    if was_cut_at_once(error):
        return StoreUnavailable(
            what,
            expected="a server that speaks HTTP",
            got=f"one that hung up each time: {answer.reason[:200]}",
            next_step=f"a server that is just stopping does so: {AGAIN}; if it goes on, what listens there speaks no "
            "HTTP: correct the port in opensearch.url",
        )
    if isinstance(error, Unreachable):
        return StoreUnavailable(
            what,
            expected="a server that listens there" if "refused" in answer.reason else "a server that answers",
            got=answer.reason[:300],
            next_step="see that OpenSearch runs, and that opensearch.url has its host and port",
        )
    if isinstance(error, TransportError) and (answer.type or answer.status in (401, 403, 413, *PASSING)):
        return _answered(what, answer)
    return ConfigurationError(
        what,
        expected="an answer of OpenSearch",
        got=str(answer),
        next_step="see that opensearch.url names OpenSearch itself, and no other server or page",
    )


def no_client(error: Exception) -> ConfigurationError:
    """Return the error for settings that make no client; a malformed address is not quoted, it may hold a login."""
    said = "" if isinstance(error, ValueError) else f": {error}"
    return ConfigurationError(
        "search index on OpenSearch: no client can be built",
        expected="an address, and for https a certificate authority in PEM",
        got=f"{type(error).__name__}{said}"[:300],
        next_step="correct opensearch.url and opensearch.ca_file, or the connection's extra (`ca_certs`, `use_ssl`)",
    )


def _not_trusted(what: str, answer: Answer) -> KintsugiError:
    if any(sign in answer.reason.upper().replace(" ", "_") for sign in _PLAIN_HTTP):
        return ConfigurationError(
            what,
            expected="a server that speaks TLS",
            got="one that speaks plain HTTP",
            next_step="write http:// in opensearch.url (no `use_ssl` in the connection), or turn the server's TLS on",
        )
    return ConfigurationError(
        what,
        expected="a certificate that this machine trusts, for the host in opensearch.url",
        got=answer.reason[:300],
        next_step="name the authority's certificate in opensearch.ca_file; the host's name must be the certificate's",
    )


def _answered(what: str, answer: Answer) -> KintsugiError:
    got = str(answer)
    if answer.status == 401:
        return ConfigurationError(
            what,
            expected="the right user and password",
            got="401, the login was refused",
            next_step="correct opensearch.username and opensearch.password_file",
        )
    if answer.type == BLOCK:
        return blocked(what, answer)
    if answer.status == 403:
        return ConfigurationError(
            what,
            expected="a user who may do that",
            got=got,
            next_step="give the user's role the rights on the platform's indexes and aliases",
        )
    if answer.type == "index_not_found_exception":
        return missing(what, got)
    if "knn_vector" in answer.reason or "index.knn" in answer.reason:
        return ConfigurationError(
            what,
            expected="the plugin opensearch-knn",
            got=got,
            next_step="install it on every node; `GET _cat/plugins` lists what is there",
        )
    if answer.status == 429:
        return StoreUnavailable(
            what,
            expected="room in the engine's queues and heap",
            got=got,
            next_step="it passes; if it lasts, `GET _nodes/stats/breaker` and `GET _cat/thread_pool` name what is full",
        )
    if answer.status >= 500:
        return StoreUnavailable(
            what,
            expected="every shard of the index",
            got=got,
            next_step="`GET _cluster/health` and `GET _cluster/allocation/explain` say which shard is lost and why",
        )
    return TerminalError(what, got=got, next_step="see the engine's reason; report it if the request is at fault")


def missing(what: str, got: str) -> StoreUnavailable:
    """Return the error for an index that isn't there."""
    return StoreUnavailable(
        what,
        expected="an index of that name",
        got=got,
        next_step="`kintsugi index rebuild` fills the served one anew from the records",
    )
