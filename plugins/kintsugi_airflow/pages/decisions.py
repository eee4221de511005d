"""The routes behind the page *Quarantine*: what is held, and what a person decides about it."""

import uuid
from dataclasses import dataclass
from typing import Annotated

import structlog
from airflow.api_fastapi.auth.managers.base_auth_manager import BaseUser
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import BaseModel, ConfigDict

from kintsugi.documents.intake.release import drop
from kintsugi.errors import ConflictError, TerminalError
from kintsugi.observe.quarantine_view import Held, QuarantineView, held, quarantine_view
from kintsugi.records import Quarantined, RunRef
from kintsugi_airflow.pages.opened import OpenedOnce
from kintsugi_airflow.pages.origin import own_request
from kintsugi_airflow.pages.permissions import decides_about_refusals, operates_the_index
from kintsugi_airflow.pages.releasing import Progress, Releasing

Filter = Annotated[str, Query(max_length=200)]


class Nothing(BaseModel):
    """The body of a decision: an empty object, so that no form can send it."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class QuarantineSeen:
    """Everything on the page *Quarantine*.

    Attributes:
        progress: how each of the newest stands, by id.
        decides: whether whoever looks may release and drop.
    """

    view: QuarantineView
    progress: dict[str, Progress]
    source: str
    check: str
    decides: bool


def quarantine_seen(
    opened: OpenedOnce, releasing: Releasing, user: BaseUser, source: str, check: str
) -> QuarantineSeen:
    """Return what somebody sees: samples only where they operate the index, buttons only where they may decide."""
    view = quarantine_view(opened.platform(), source=source, check=check, samples=operates_the_index(user))
    progress = {each.id: releasing.progress(each) for each in view.newest}
    return QuarantineSeen(view, progress, source, check, decides_about_refusals(user))


def decisions_router(opened: OpenedOnce, releasing: Releasing) -> APIRouter:
    """Return the routes, for the app to include; they stand behind the app's login.

    What changes something takes JSON from this app's own page or from a program with a token, and only of somebody who
    may start runs of the DAG ``release``.
    """
    router = APIRouter()
    decision = [Depends(own_request), Depends(_may_decide)]

    @router.get("/api/quarantine")
    def listed(user: GetUserDep, source: Filter = "", check: Filter = "") -> QuarantineView:
        return quarantine_seen(opened, releasing, user, source, check).view

    @router.get("/api/quarantine/{id}")
    def progress(id: str) -> Progress:
        return releasing.progress(_found(opened, id))

    @router.post("/api/quarantine/{id}/release", dependencies=decision)
    def release_one(id: str, body: Nothing, user: GetUserDep) -> Progress:
        refusal = _found(opened, id)
        if refusal.state != "held":
            return releasing.progress(refusal)
        structlog.get_logger().info("release_asked_for", quarantined=id, source=refusal.source, by=user.get_name())
        return releasing.start(refusal, user.get_name())

    @router.post("/api/quarantine/{id}/drop", dependencies=decision)
    def drop_one(id: str, body: Nothing, user: GetUserDep) -> Progress:
        records = opened.platform().records
        record = records.get(Quarantined, id)
        if record is None:
            raise HTTPException(404, "no such quarantine record")
        run = RunRef(dag="ui", run_id=f"quarantine-drop-{uuid.uuid4().hex[:12]}")
        try:
            dropped = drop(records, record, run, user.get_name())
        except (ConflictError, TerminalError) as error:
            raise HTTPException(409, f"{error.what}; look at the page again") from None
        structlog.get_logger().info("refusal_dropped", quarantined=id, source=record.source, by=user.get_name())
        return releasing.progress(held(dropped, (), samples=False))

    return router


def _may_decide(user: GetUserDep) -> None:
    if not decides_about_refusals(user):
        raise HTTPException(403, "may not start runs of release, and so may not decide about what was refused")


def _found(opened: OpenedOnce, id: str) -> Held:
    record = opened.platform().records.get(Quarantined, id)
    if record is None:
        raise HTTPException(404, "no such quarantine record")
    return held(record, (), samples=False)
