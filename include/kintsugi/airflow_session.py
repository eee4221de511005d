"""A session with Airflow's REST API: login, requests, pages, and what Airflow refuses as errors of the platform."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from kintsugi.errors import AGAIN, KintsugiError, SourceUnavailable, TerminalError

PAGE = 100
LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""Hosts that are never asked through a proxy, which would be handed the password."""


class AirflowSession:
    """Talks to one Airflow as one user. Safe to use from one thread at a time.

    The token is fetched when first needed, kept, and refreshed once when Airflow no longer accepts it. Every call may
    raise `SourceUnavailable` (refused, timed out, 429, 5xx, an answer that is none, pages that don't belong together;
    with ``retry_after`` where Airflow says so) and `TerminalError` (wrong credentials, missing rights, a request that
    Airflow refuses).

    Args:
        base_url: e.g. ``http://127.0.0.1:8080``; login and password in it are left out.
        timeout: seconds that each connect, read or write may take.
    """

    def __init__(self, base_url: str, username: str, password: str, *, timeout: float = 15.0) -> None:
        self.base_url = without_login(base_url).rstrip("/")
        self._credentials = {"username": username, "password": password}
        beside_us = httpx.URL(self.base_url).host in LOOPBACK
        self._http = httpx.Client(base_url=self.base_url, timeout=timeout, trust_env=not beside_us)
        self._token = ""

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _pages(self, path: str, key: str, parameters: Mapping[str, Any], *names: str) -> Iterator[dict[str, Any]]:
        """Yield everything, or raise `SourceUnavailable`: what was left out without a word would count as deleted.

        Each page begins with the last entry of the one before: where another stands in its place, entries have moved
        between the pages, even if there are as many as before.

        ``names`` are fields that every entry has to have, and is known by.
        """
        page, total = self._page(path, key, parameters, 0, *names)
        fresh, offset = page, 0
        while True:
            yield from fresh
            offset += len(fresh)
            if offset == total:
                return
            if not fresh or offset > total:
                raise self._unreliable(path, f"{total} entries, as it said", f"{offset}")
            before, said = page, total
            page, total = self._page(path, key, parameters, offset - 1, *names)
            if page == before:
                raise self._unreliable(path, f"the entries from {offset} on", "the page before once more")
            if total != said:
                raise self._unreliable(path, f"{said} entries, as it said first", f"{total}: they change meanwhile")
            if not page or not _same(page[0], before[-1], names):
                raise self._unreliable(path, f"entry {offset} where it was", "another: they change meanwhile")
            fresh = page[1:]

    def _page(
        self, path: str, key: str, parameters: Mapping[str, Any], offset: int, *names: str
    ) -> tuple[list[dict[str, Any]], int]:
        """Return the entries from ``offset`` on, at most a page, and how many there are in all."""
        answer = self._send("GET", path, params={**parameters, "limit": PAGE, "offset": offset})
        total = self._json(answer).get("total_entries")
        if not isinstance(total, int):
            raise self._not_as_expected(answer, "total_entries, a number")
        return self._listed(answer, key, *names), total

    def _listed(self, answer: httpx.Response, key: str, *names: str) -> list[dict[str, Any]]:
        found = self._json(answer).get(key)
        if not isinstance(found, list) or not all(_has(each, names) for each in found):
            raise self._not_as_expected(
                answer, f"{key}, a list" + (f" of what has {', '.join(names)}" if names else "")
            )
        return found

    def _text(self, answer: httpx.Response, key: str) -> str:
        found = self._json(answer).get(key)
        if not isinstance(found, str):
            raise self._not_as_expected(answer, f"{key}, a text")
        return found

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        accept: tuple[int, ...] = (),
        anonymous: bool = False,
        stream: bool = False,
    ) -> httpx.Response:
        cached = bool(self._token)
        if not anonymous and not cached:
            self._log_in()
        for last in (not cached, True):
            answer = self._once(method, path, params, headers or {}, body, stream=stream)
            if answer.status_code not in (401, 403) or anonymous or last:
                break
            answer.close()
            self._log_in()
        if answer.is_success or answer.status_code in accept:
            return answer
        try:
            answer.read()
        except httpx.HTTPError as error:
            raise self._unreachable(method, path, error) from error
        raise self._refused(method, path, answer)

    def _once(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None,
        *,
        stream: bool,
    ) -> httpx.Response:
        bearer = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        request = self._http.build_request(method, path, params=params, headers={**headers, **bearer}, json=body)
        try:
            return self._http.send(request, stream=stream)
        except httpx.HTTPError as error:
            raise self._unreachable(method, path, error) from error

    def _log_in(self) -> None:
        self._token = ""
        answer = self._once("POST", "/auth/token", None, {}, self._credentials, stream=False)
        if not answer.is_success:
            raise self._refused("POST", "/auth/token", answer)
        self._token = self._text(answer, "access_token")

    def _json(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            content = answer.json()
        except (ValueError, RecursionError) as error:
            raise SourceUnavailable(
                f"airflow {self.base_url}: {answer.request.url.path} did not answer JSON",
                got=self._shown(answer, 200),
                next_step="is it Airflow that listens there? see base_url of the connection kintsugi_airflow",
            ) from error
        return content if isinstance(content, dict) else {"items": content}

    def _not_as_expected(self, answer: httpx.Response, expected: str) -> SourceUnavailable:
        return SourceUnavailable(
            f"airflow {self.base_url}: {answer.request.url.path} answered {answer.status_code} and something else",
            expected=expected,
            got=self._shown(answer, 200),
            next_step="is it Airflow ≥ 3 that listens there? what lies between may have answered instead",
        )

    def _unreliable(self, path: str, expected: str, got: str) -> SourceUnavailable:
        return SourceUnavailable(
            f"airflow {self.base_url}: the pages of {path} don't belong together",
            expected=expected,
            got=got,
            next_step=AGAIN,
        )

    def _shown(self, answer: httpx.Response, characters: int) -> str:
        """Return the start of an answer, without the password that is quoted, perhaps, when a login is refused."""
        password, shown = self._credentials["password"], answer.text
        written = {password, json.dumps(password)[1:-1], json.dumps(password, ensure_ascii=False)[1:-1]}
        for each in sorted(written - {""}, key=len, reverse=True):
            shown = shown.replace(each, "***")
        return shown[:characters]

    def _refused(self, method: str, path: str, answer: httpx.Response) -> KintsugiError:
        what = f"airflow {self.base_url}: {method} {path} answered {answer.status_code}"
        if answer.status_code == 429 or answer.status_code >= 500:
            wait = answer.headers.get("Retry-After", "")
            error = SourceUnavailable(what, got=self._shown(answer, 200), next_step="wait; see `kintsugi status`")
            return error.after(float(wait) if wait.isdigit() else None)
        if answer.status_code in (401, 403):
            return TerminalError(
                what,
                expected=f"that user {self._credentials['username']!r} may do this",
                got=self._shown(answer, 200),
                next_step="correct login and password of the connection kintsugi_airflow, or the user's role",
            )
        return TerminalError(what, got=self._shown(answer, 500), next_step="look at the id in the path: does it exist?")

    def _unreachable(self, method: str, path: str, error: httpx.HTTPError) -> SourceUnavailable:
        return SourceUnavailable(
            f"airflow {self.base_url}: {method} {path} got no answer",
            got=f"{type(error).__name__}: {error}",
            next_step="is the platform up? `kintsugi status`; a gap is backfilled once it answers",
        )


def _has(entry: object, names: tuple[str, ...]) -> bool:
    return isinstance(entry, dict) and all(entry.get(name) is not None for name in names)


def _same(entry: Mapping[str, Any], other: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    """Return whether both are the same thing, which may have changed meanwhile."""
    known_by = (*names, "id", "map_index") if names else entry
    return all(entry.get(name) == other.get(name) for name in known_by)


def without_login(url: str) -> str:
    """Return the URL, of any scheme, without the login and password that may stand in it."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"
