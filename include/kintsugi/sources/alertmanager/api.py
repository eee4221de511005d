"""A small client of Alertmanager's API (v2): what it knows to be firing now."""

from collections.abc import Sequence

import httpx
import structlog

from kintsugi.airflow_session import LOOPBACK
from kintsugi.errors import DataError, KintsugiError, SourceUnavailable, TerminalError
from kintsugi.sources.alertmanager.report import SHOWN, Report, listing_of, web_address

LARGEST = 64_000_000
"""Bytes of a listing that are read at most: some tens of thousands of alerts at once."""


class AlertmanagerClient:
    """Asks one Alertmanager. Holds no connection open between two calls.

    Every call may raise `SourceUnavailable` (refused, timed out, 429, 5xx, or an answer that is none) and
    `TerminalError` (login refused, nothing of that name at this address).

    Args:
        base_url: e.g. ``http://127.0.0.1:9093``, with the prefix that it may be served under.
        login: for HTTP's basic authentication; "" where ``secret`` is a bearer token, or nothing is needed.
        secret: password or token.
        timeout: seconds that each connect, read or write may take.
    """

    def __init__(self, base_url: str, login: str = "", secret: str = "", *, timeout: float = 15.0) -> None:
        self.base_url = web_address(base_url).rstrip("/")
        self._auth = (login, secret) if login else None
        self._headers = {"Authorization": f"Bearer {secret}"} if secret and not login else {}
        self._timeout = timeout

    def check(self) -> None:
        """Return when it answers."""
        self._get("/api/v2/status")

    def alerts(self) -> Sequence[Report]:
        """Return the alerts that fire, silenced and inhibited ones too; what has been resolved it no longer knows.

        One that can't be read is logged, and left out.
        """
        path = "/api/v2/alerts"
        try:
            listing = listing_of(self._get(path))
        except DataError as error:
            raise SourceUnavailable(
                f"alertmanager {self.base_url}: {path} answered 200, and no list of alerts",
                expected=error.expected,
                got=error.got,
                next_step=error.next_step,
            ) from error
        if listing.refused:
            log = structlog.get_logger().bind(alertmanager=self.base_url)
            log.warning("alerts_refused", alerts=len(listing.refused), reasons=listing.refused[:SHOWN])
        return listing.reports

    def _get(self, path: str) -> bytes:
        beside_us = httpx.URL(self.base_url).host in LOOPBACK
        url = f"{self.base_url}{path}"
        try:
            with (
                httpx.Client(timeout=self._timeout, auth=self._auth, trust_env=not beside_us) as client,
                client.stream("GET", url, headers=self._headers) as answer,
            ):
                return self._body(path, answer)
        except httpx.HTTPError as error:
            raise SourceUnavailable(
                f"alertmanager {self.base_url}: GET {path} got no whole answer",
                got=f"{type(error).__name__}: {error}",
                next_step="is it up? a gap is backfilled once it answers",
            ) from error

    def _body(self, path: str, answer: httpx.Response) -> bytes:
        body = bytearray()
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > LARGEST:
                raise SourceUnavailable(
                    f"alertmanager {self.base_url}: {path} answers more than can be read",
                    expected=f"at most {LARGEST:,} bytes",
                    next_step="have Alertmanager send its alerts here (a webhook) instead of being asked for them",
                )
        if not answer.is_success:
            raise self._refused(path, answer, bytes(body[:200]).decode("utf-8", "replace"))
        return bytes(body)

    def _refused(self, path: str, answer: httpx.Response, said: str) -> KintsugiError:
        what = f"alertmanager {self.base_url}: GET {path} answered {answer.status_code}"
        if answer.status_code == 429 or answer.status_code >= 500:
            wait = answer.headers.get("Retry-After", "")
            error = SourceUnavailable(what, got=said, next_step="wait; a gap is backfilled once it answers")
            return error.after(float(wait) if wait.isdigit() else None)
        if answer.status_code in (401, 403):
            return TerminalError(
                what,
                expected="that login and password, or the token in the password's place, are accepted",
                got=said,
                next_step="correct the source's connection",
            )
        return TerminalError(what, got=said, next_step="correct the address: host, port and prefix of the connection")
