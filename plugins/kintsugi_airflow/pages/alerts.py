"""Where Alertmanager sends its notifications: ``POST /kintsugi/api/alerts/<source>``."""

import structlog
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from kintsugi.errors import DataError
from kintsugi.platform import Platform
from kintsugi.sources.alertmanager.receiving import receive
from kintsugi.sources.alertmanager.report import SHOWN, notification_of
from kintsugi.sources.registry import configured
from kintsugi_airflow.pages.opened import OpenedOnce
from kintsugi_airflow.pages.origin import own_request

KIND = "alerts"
LARGEST = 16_000_000
"""Bytes of a notification; Alertmanager's ``max_alerts`` keeps its notifications small."""


class Received(BaseModel):
    """What became of a notification: alerts that are new, that say something new, and that were known as they are.

    ``refused`` could not be read; ``reasons`` say of the first of them where and why.
    """

    new: int
    changed: int
    known: int
    refused: int = 0
    reasons: list[str] = []


def alerts_router(opened: OpenedOnce) -> APIRouter:
    """Return the route, for the app to include; it stands behind the app's login.

    It answers 200 when every alert that can be read is stored, and not before: whatever else it answers from 500 on has
    Alertmanager send the notification again. A body is read only for somebody who may start the source's ingest, and
    only as far as it may be long.
    """
    router = APIRouter()

    @router.post("/api/alerts/{source}", dependencies=[Depends(own_request)], response_model=Received)
    async def receive_alerts(source: str, request: Request, user: GetUserDep) -> Received:
        platform = await run_in_threadpool(_platform_for, opened, source, user)
        body = await _body(request)
        return await run_in_threadpool(_received, platform, source, body)

    return router


def _platform_for(opened: OpenedOnce, source: str, user: BaseUser) -> Platform:
    platform = opened.platform()
    config = configured(platform.settings).get(source)
    if config is None or config.kind != KIND:
        raise HTTPException(404, f"no source {source!r} of kind {KIND} in sources.yaml")
    run = DagDetails(id=config.dag_id)
    if not get_auth_manager().is_authorized_dag(
        method="POST", access_entity=DagAccessEntity.RUN, details=run, user=user
    ):
        raise HTTPException(403, f"may not start runs of {config.dag_id}, and so may not bring alerts into {source}")
    return platform


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            raise HTTPException(413, f"more than {LARGEST:,} bytes: set max_alerts in Alertmanager's webhook_config")
    return bytes(body)


def _received(platform: Platform, source: str, body: bytes) -> Received:
    try:
        notification = notification_of(body)
    except DataError as error:
        raise HTTPException(422, str(error)) from None
    kept = receive(platform.records, source, notification.reports)
    log = structlog.get_logger().bind(source=source)
    log.info("alerts_received", new=kept.new, changed=kept.changed, known=kept.known)
    if notification.truncated:
        log.warning("alerts_left_out_by_sender", alerts=notification.truncated)
    refused, reasons = len(notification.refused), list(notification.refused[:SHOWN])
    if refused:
        log.warning("alerts_refused", alerts=refused, reasons=reasons)
    return Received(new=kept.new, changed=kept.changed, known=kept.known, refused=refused, reasons=reasons)
