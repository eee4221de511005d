"""The app behind the pages of the navigation: pages, files and a small JSON API, all behind Airflow's login."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from airflow.api_fastapi.core_api.security import GetUserDep, requires_authenticated
from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, StrictBool
from starlette.exceptions import HTTPException

from kintsugi.contracts.data_docs import data_doc
from kintsugi.errors import DataError, KintsugiError, TransientError
from kintsugi.observe.overview import Overview, overview
from kintsugi.observe.sources_view import SourcesView, sources_view
from kintsugi.records import RunRef
from kintsugi.retrieval.answer import Answer
from kintsugi.retrieval.feedback import give_feedback
from kintsugi.stores.search import Scope
from kintsugi_airflow import bridge
from kintsugi_airflow.pages.alerts import alerts_router
from kintsugi_airflow.pages.asking import EXAMPLES, LONGEST_QUESTION, answered, asked
from kintsugi_airflow.pages.decisions import Filter, decisions_router, quarantine_seen
from kintsugi_airflow.pages.entry import MOUNT
from kintsugi_airflow.pages.expertise import ExpertisePage, expertise_router
from kintsugi_airflow.pages.headers import SANDBOXED, SECURITY_HEADERS
from kintsugi_airflow.pages.indexing import IndexPage, IndexSeen
from kintsugi_airflow.pages.links import Links
from kintsugi_airflow.pages.opened import OpenedOnce
from kintsugi_airflow.pages.origin import own_request
from kintsugi_airflow.pages.permissions import operates_the_index
from kintsugi_airflow.pages.releasing import Releasing
from kintsugi_airflow.pages.render import environment, page, static_files

FOR_EVERYBODY = Scope()
"""Whoever is logged in sees what is labelled for everyone, and no more."""

MOST_DOCUMENTS = 20
"""Documents that one word on an answer may be about; an answer cites a few."""

FROM_THE_PAGE = RunRef(dag="ui", run_id="feedback")


class Question(BaseModel):
    """The body of ``POST /api/ask``."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=LONGEST_QUESTION)
    sources: tuple[str, ...] = ()


class Word(BaseModel):
    """The body of ``POST /api/feedback``: whether an answer helped. ``documents`` are ids that the answer cited."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=LONGEST_QUESTION)
    documents: tuple[str, ...] = Field(min_length=1, max_length=MOST_DOCUMENTS)
    useful: StrictBool
    generation: str = Field(default="", max_length=128)


class Kept(BaseModel):
    """What became of a word on an answer."""

    id: str
    useful: bool


def make_app(opened: OpenedOnce | None = None) -> FastAPI:
    """Return the app.

    Every route is behind the login because the app is: there is nothing to remember when one is added. What writes
    something (a word on an answer, a decision about a refusal, alerts) takes it from this app's own page and from
    programs with a token, and from nobody else (`own_request`), so that a forged request gains nothing.

    Args:
        opened: the platform to show; the process's own where it is left out.
    """
    opened = opened or OpenedOnce()
    index = IndexPage(opened)
    expertise = ExpertisePage(opened)
    releasing = Releasing(bridge.connected)
    files = static_files()
    templates = environment(files)
    app = FastAPI(
        title="Kintsugi",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(requires_authenticated())],
    )

    @app.get("/", response_class=HTMLResponse)
    def show(request: Request, question: str | None = None) -> str:
        links = Links(request.scope.get("root_path", ""))
        opened.warm_up()
        return page(
            templates,
            "page.html",
            links=links,
            examples=EXAMPLES,
            longest=LONGEST_QUESTION,
            asked=asked(opened, question, FOR_EVERYBODY),
            seen=overview(opened.platform()),
        )

    @app.get("/index", response_class=HTMLResponse)
    def show_index(request: Request, user: GetUserDep, compare: Literal["", "now"] = "") -> str:
        links = Links(request.scope.get("root_path", ""))
        seen = index.seen(compare=bool(compare), texts=operates_the_index(user))
        return page(templates, "index.html", links=links, seen=seen)

    @app.get("/sources", response_class=HTMLResponse)
    def show_sources(request: Request) -> str:
        links = Links(request.scope.get("root_path", ""))
        return page(templates, "sources.html", links=links, seen=sources_view(opened.platform()))

    @app.get("/quarantine", response_class=HTMLResponse)
    def show_quarantine(request: Request, user: GetUserDep, source: Filter = "", check: Filter = "") -> str:
        links = Links(request.scope.get("root_path", ""))
        shown = quarantine_seen(opened, releasing, user, source, check)
        return page(templates, "quarantine.html", links=links, shown=shown, seen=shown.view)

    @app.get("/expertise", response_class=HTMLResponse)
    def show_expertise(request: Request, user: GetUserDep) -> str:
        links = Links(request.scope.get("root_path", ""))
        shown = expertise.seen(user)
        return page(templates, "expertise.html", links=links, shown=shown, seen=shown.view)

    @app.get("/data-docs/{source}", response_class=HTMLResponse)
    def show_data_docs(request: Request, source: str) -> Response:
        made = data_doc(opened.platform().settings, source)
        if made is not None:
            return HTMLResponse(made, headers={"content-security-policy": SANDBOXED})
        links = Links(request.scope.get("root_path", ""))
        return HTMLResponse(page(templates, "no_data_docs.html", links=links, source=source), 404)

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        if name not in files:
            raise HTTPException(404)
        file = files[name]
        return Response(file.body, media_type=file.media_type, headers={"cache-control": "private, max-age=31536000"})

    @app.get("/api/overview")
    def api_overview() -> Overview:
        return overview(opened.platform())

    @app.get("/api/index")
    def api_index(user: GetUserDep, compare: Literal["", "now"] = "") -> IndexSeen:
        return index.seen(compare=bool(compare), texts=operates_the_index(user))

    @app.get("/api/sources")
    def api_sources() -> SourcesView:
        return sources_view(opened.platform())

    @app.get("/api/ask")
    def api_ask_get(question: Annotated[str, Query(min_length=1, max_length=LONGEST_QUESTION)]) -> Answer:
        return answered(opened, question, FOR_EVERYBODY)

    @app.post("/api/ask")
    def api_ask_post(asking: Question) -> Answer:
        return answered(opened, asking.question, Scope(sources=asking.sources))

    @app.post("/api/feedback", dependencies=[Depends(own_request)], response_model=Kept)
    def api_feedback(word: Word, user: GetUserDep) -> Kept | Response:
        try:
            kept = give_feedback(
                opened.platform(),
                word.question,
                word.documents,
                useful=word.useful,
                run=FROM_THE_PAGE,
                generation=word.generation,
                who=user.get_name(),
            )
        except DataError as error:
            return JSONResponse(_as_json(error), 422)
        return Kept(id=kept.id, useful=kept.useful)

    app.include_router(alerts_router(opened))
    app.include_router(decisions_router(opened, releasing))
    app.include_router(expertise_router(opened, expertise, bridge.connected))

    @app.middleware("http")
    async def secured(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await go_on(request)
        for name, value in {**SECURITY_HEADERS, "cache-control": "no-store"}.items():
            response.headers.setdefault(name, value)
        return response

    @app.exception_handler(KintsugiError)
    def explain(request: Request, error: KintsugiError) -> Response:
        status = 503 if isinstance(error, TransientError) else 500
        if _wants_json(request):
            return JSONResponse(_as_json(error), status)
        links = Links(request.scope.get("root_path", ""))
        return HTMLResponse(page(templates, "error.html", links=links, error=error), status)

    @app.exception_handler(HTTPException)
    def refuse(request: Request, error: HTTPException) -> Response:
        if _wants_json(request) or request.method != "GET" or error.status_code not in (401, 403):
            return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)
        links = Links(request.scope.get("root_path", ""))
        return RedirectResponse(links.login(request.url.query, links.back_to(request.url.path)), 303)

    @app.exception_handler(RequestValidationError)
    def say_what_is_wrong(request: Request, error: RequestValidationError) -> Response:
        """In ASCII, because a name that is no Unicode has to be sent back as well; what came is left out."""
        wrong = [{"type": each["type"], "loc": each["loc"], "msg": each["msg"]} for each in error.errors()]
        return Response(json.dumps({"detail": wrong}), 422, media_type="application/json")

    return app


def _wants_json(request: Request) -> bool:
    return "text/html" not in request.headers.get("accept", "")


def _as_json(error: KintsugiError) -> dict[str, str]:
    return {
        "error": type(error).__name__,
        "what": error.what,
        "expected": error.expected,
        "got": error.got,
        "next_step": error.next_step,
    }


__all__ = ["MOUNT", "make_app"]
