"""What answers may become: overload, lost acknowledgements, items refused within a 200, a tripped breaker.

A fault is called with the request and the way to the server; it returns the answer, or raises `CutConnection`.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from tests.engines.bulk import Item, body_of, items_of, merged


@dataclass(frozen=True)
class Request:
    """What a client asked for."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def is_bulk(self) -> bool:
        """Whether it writes in bulk."""
        return self.path.endswith("/_bulk")

    @property
    def items(self) -> list[Item]:
        """The items of a bulk request; none for others."""
        index = self.path.strip("/").split("/")[0] if self.path != "/_bulk" else None
        return list(items_of(self.body, index)) if self.is_bulk else []


@dataclass(frozen=True)
class Response:
    """What the client gets."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of(cls, status: int, body: object, **headers: str) -> "Response":
        """An answer in JSON; underscores in the headers' names are dashes."""
        sent = (("Content-Type", "application/json"), *((key.replace("_", "-"), headers[key]) for key in headers))
        return cls(status, sent, json.dumps(body).encode())


class CutConnection(Exception):
    """The client's connection ends without an answer."""


Forward = Callable[[Request], Response]


class Fault(Protocol):
    """Turns a request into an answer."""

    def __call__(self, request: Request, forward: Forward) -> Response:
        """Answer ``request``, with ``forward`` as the way to the server."""
        ...


@dataclass(frozen=True)
class Answer:
    """The server does not see the request; the client gets ``status``, as of an overloaded server or a gateway."""

    status: int
    error: str = "made_up_exception"
    retry_after: int | None = None

    def __call__(self, request: Request, forward: Forward) -> Response:
        """Answer at once."""
        headers = {} if self.retry_after is None else {"Retry_After": str(self.retry_after)}
        error = {"type": self.error, "reason": f"the proxy answers {self.status}"}
        return Response.of(self.status, {"error": {"root_cause": [error], **error}, "status": self.status}, **headers)


@dataclass(frozen=True)
class TooLarge:
    """413 for every body above ``limit`` bytes, without JSON, as gateways send it; the others pass."""

    limit: int

    def __call__(self, request: Request, forward: Forward) -> Response:
        """Measure the body."""
        if len(request.body) <= self.limit:
            return forward(request)
        return Response(413, (("Content-Type", "text/html"),), b"<html>413 Request Entity Too Large</html>")


@dataclass(frozen=True)
class Late:
    """The answer comes ``seconds`` late."""

    seconds: float

    def __call__(self, request: Request, forward: Forward) -> Response:
        """Wait, after the server has done its work."""
        response = forward(request)
        time.sleep(self.seconds)
        return response


@dataclass(frozen=True)
class LostAnswer:
    """The server does its work; the connection is cut before the client hears of it."""

    def __call__(self, request: Request, forward: Forward) -> Response:
        """Forward and cut."""
        forward(request)
        raise CutConnection


@dataclass(frozen=True)
class HalfBulk:
    """The server gets the first ``items`` of a bulk only, and the client no answer. Other requests pass."""

    items: int

    def __call__(self, request: Request, forward: Forward) -> Response:
        """Forward a part and cut."""
        if not request.is_bulk:
            return forward(request)
        if self.items:
            forward(replace(request, body=body_of(request.items[: self.items])))
        raise CutConnection


Chosen = Callable[[int, Item], bool]


def every(number: int, item: Item) -> bool:
    """Choose every item."""
    return True


def writes(number: int, item: Item) -> bool:
    """Choose what brings a document."""
    return item.action != "delete"


def ids(*wanted: str) -> Chosen:
    """Choose items by id."""
    return lambda number, item: item.id in wanted


@dataclass(frozen=True)
class RefusedItems:
    """A 200 in which the ``chosen`` items (by place and content) failed; the server gets the other ones only."""

    chosen: Chosen = every
    status: int = 429
    error: str = "rejected_execution_exception"
    reason: str = "rejected execution of coordinating operation [the proxy]"
    caused_by: tuple[str, str] | None = None

    def __call__(self, request: Request, forward: Forward) -> Response:
        """Forward what was not chosen and merge the answers."""
        if not request.is_bulk:
            return forward(request)
        items = request.items
        made_up = [
            item.refused(self.status, self._error()) if self.chosen(at, item) else None for at, item in enumerate(items)
        ]
        passed = [item for item, refused in zip(items, made_up, strict=True) if refused is None]
        answer = None
        if passed:
            response = forward(replace(request, body=body_of(passed)))
            if response.status != 200:
                return response
            answer = json.loads(response.body)
        return Response.of(200, merged(answer, made_up))

    def _error(self) -> dict[str, Any]:
        cause = {"caused_by": dict(zip(("type", "reason"), self.caused_by, strict=True))} if self.caused_by else {}
        return {"type": self.error, "reason": self.reason, **cause}


@dataclass(frozen=True)
class BreakerTripped:
    """The k-NN breaker as OpenSearch 2.19 shows it: vectors fail as if their mapping were wrong; the statistics tell.

    ``cause`` is left out of the items when false: then only the statistics tell.
    """

    chosen: Chosen = writes
    cause: bool = True

    def __call__(self, request: Request, forward: Forward) -> Response:
        """Refuse vectors; say so in the k-NN plugin's statistics."""
        if request.path.startswith("/_plugins/_knn") and "/stats" in request.path:
            response = forward(request)
            return Response.of(200, {**json.loads(response.body), "circuit_breaker_triggered": True})
        reason = "Parsing the created knn vector fields prior to indexing has failed as the circuit breaker triggered."
        return RefusedItems(
            self.chosen,
            400,
            "mapper_parsing_exception",
            "failed to parse field [vector] of type [knn_vector] in document",
            ("knn_circuit_breaker_exception", reason) if self.cause else None,
        )(request, forward)


@dataclass(frozen=True)
class Rewritten:
    """The server's own JSON answer, changed: an older version, a missing plugin, another name."""

    change: Callable[[Any], Any]

    def __call__(self, request: Request, forward: Forward) -> Response:
        """Forward and change the answer."""
        response = forward(request)
        return replace(response, body=json.dumps(self.change(json.loads(response.body))).encode())
