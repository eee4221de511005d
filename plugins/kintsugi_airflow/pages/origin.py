"""Whether a request that changes something was made by this app's own page, or by a program with a token of its own."""

from urllib.parse import urlsplit

from fastapi import HTTPException, Request

JSON = "application/json"


def own_request(request: Request) -> None:
    """Refuse what another site may have made a browser send.

    A form can't send JSON, and a script of another site has to ask first, which nothing here allows. Beyond that the
    browser has to say that the request comes from this very origin: by ``Sec-Fetch-Site``, or, where it doesn't send
    that (plain http to another machine), by ``Origin``. A program shows a bearer token; no browser adds one by
    itself.

    Raises:
        HTTPException: 415 for anything but JSON, 403 for another origin.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != JSON:
        raise HTTPException(415, f"expected content-type {JSON}")
    if request.headers.get("authorization", "").lower().startswith("bearer "):
        return
    if not _is_same_origin(request):
        raise HTTPException(403, "not a request of this page: ask from the page itself, or with a bearer token")


def _is_same_origin(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = urlsplit(request.headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc in _own_hosts(request)


def _own_hosts(request: Request) -> set[str]:
    """Return what this server is called: by this request, and by Airflow's ``[api] base_url`` behind a proxy."""
    from airflow.configuration import conf

    return {request.headers.get("host", ""), urlsplit(conf.get("api", "base_url", fallback="")).netloc} - {""}
