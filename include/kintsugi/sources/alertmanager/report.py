"""What Alertmanager says about an alert: in a notification (webhook version 4) and in a listing (API v2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError, model_validator

from kintsugi.errors import DataError

SHOWN = 10
"""Refused alerts whose reasons are told."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = 200


def _of_our_time(moment: datetime) -> datetime:
    if not _EPOCH.year <= moment.year < datetime.max.year:
        raise ValueError("a time from 1970 on")
    return moment


_Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]


@dataclass(frozen=True)
class Report:
    """One alert as it was told of once.

    Attributes:
        started_at: seconds since the epoch, to the millisecond: a listing leaves out what is finer, a notification not.
        ended_at: ``None`` while it fires.
        url: where its rule can be looked at, without login or password.
    """

    labels: Mapping[str, str]
    started_at: float
    ended_at: float | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    url: str = ""


@dataclass(frozen=True)
class Notification:
    """A notification's alerts.

    Attributes:
        truncated: how many Alertmanager left out of it (``max_alerts``).
        refused: why an alert can't be kept, for each such one.
    """

    reports: Sequence[Report]
    truncated: int = 0
    refused: Sequence[str] = ()


@dataclass(frozen=True)
class Listing:
    """The alerts that fire, and why an alert can't be kept, for each such one."""

    reports: Sequence[Report]
    refused: Sequence[str] = ()


class _Told(BaseModel):
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    startsAt: _Moment
    generatorURL: str = ""

    def report(self, ended: datetime | None = None) -> Report:
        started = _seconds(self.startsAt)
        return Report(
            labels=self.labels,
            started_at=started,
            ended_at=None if ended is None else max(started, _seconds(ended)),
            annotations=self.annotations,
            url=web_address(self.generatorURL),
        )


class _Notified(_Told):
    status: Literal["firing", "resolved"]
    endsAt: AwareDatetime | None = None

    @model_validator(mode="after")
    def _has_ended(self) -> Self:
        if self.status == "resolved":
            if self.endsAt is None:
                raise ValueError("an alert that is resolved has an endsAt")
            _of_our_time(self.endsAt)
        return self


class _Message(BaseModel):
    version: Literal["4"]
    alerts: list[Any]
    truncatedAlerts: int = Field(default=0, ge=0)


_LISTING = TypeAdapter(list[Any])
_ToldT = TypeVar("_ToldT", bound=_Told)


def notification_of(body: bytes) -> Notification:
    """Return what the body of a webhook's request says; an alert that can't be read keeps no other out.

    Source of the format: Alertmanager's documentation, *Configuration*, ``<webhook_config>``, version 4.

    Raises:
        DataError: it is no such body, or none of its alerts can be read.
    """
    try:
        message = _Message.model_validate_json(body)
    except ValidationError as error:
        raise _no_notification(_place(error), _reason(error)) from None
    alerts, refused = _each(_Notified, message.alerts)
    if refused and not alerts:
        raise _no_notification(*refused[0])
    reports = [each.report(each.endsAt if each.status == "resolved" else None) for each in alerts]
    return Notification(reports, message.truncatedAlerts, [": ".join(each) for each in refused])


def listing_of(body: bytes) -> Listing:
    """Return what the answer to ``GET /api/v2/alerts`` says: alerts that fire, silenced and inhibited ones too.

    Its ``endsAt`` is when the alert would end if nobody spoke of it any more, and says nothing of its end. An alert
    that can't be read keeps no other out.

    Raises:
        DataError: it is no such answer, or none of its alerts can be read.
    """
    try:
        listed = _LISTING.validate_json(body)
    except ValidationError as error:
        raise _no_listing(_place(error), _reason(error), body) from None
    alerts, refused = _each(_Told, listed)
    if refused and not alerts:
        raise _no_listing(*refused[0], body)
    return Listing([each.report() for each in alerts], [": ".join(each) for each in refused])


def web_address(url: str) -> str:
    """Return a URL that a page may link to, without login and password; "" for what is none of http or https."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https"):
        return ""
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _seconds(moment: datetime) -> float:
    return ((moment - _EPOCH) // timedelta(milliseconds=1)) / 1000


def _each(kind: type[_ToldT], alerts: list[Any]) -> tuple[list[_ToldT], list[tuple[str, str]]]:
    """Return the alerts that can be read, and of the others where and why they can't."""
    good: list[_ToldT] = []
    refused: list[tuple[str, str]] = []
    for n, alert in enumerate(alerts):
        try:
            good.append(kind.model_validate(alert))
        except ValidationError as error:
            refused.append((_place(error, f"alerts.{n}"), _reason(error)))
    return good, refused


def _no_notification(place: str, reason: str) -> DataError:
    return DataError(
        f"alerts: a notification that can't be read, at {place}",
        expected="the body of an Alertmanager webhook, version 4",
        got=reason,
        next_step="point a webhook_config of Alertmanager here, without a template of your own",
    ).named("notification")


def _no_listing(place: str, reason: str, body: bytes) -> DataError:
    return DataError(
        f"alerts: a listing that can't be read, at {place}",
        expected="a list of alerts (API v2)",
        got=f"{reason}: {body[:_SHOWN].decode('utf-8', 'replace')}",
        next_step="is it Alertmanager that listens there?",
    ).named("listing")


def _place(error: ValidationError, *within: str) -> str:
    return ".".join([*within, *(str(part) for part in error.errors()[0]["loc"])]) or "its beginning"


def _reason(error: ValidationError) -> str:
    return error.errors()[0]["msg"].removeprefix("Value error, ")[:_SHOWN]
