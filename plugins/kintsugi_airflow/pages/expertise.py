"""The routes behind the page *Expertise*: what is known, what agents ask for and report, what a person decides."""

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Self, TypeVar

import structlog
from airflow.api_fastapi.auth.managers.base_auth_manager import BaseUser
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, HTTPException
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, model_validator

from autorefine.trajectory import Step
from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import ConflictError, DataError, KintsugiError, TerminalError
from kintsugi.expertise.changes import as_verb, decide, rehearse
from kintsugi.expertise.retrieve import MOST_STEPS, retrieve
from kintsugi.expertise.usage import MOST_CHARACTERS, MOST_PATTERNS, report_use
from kintsugi.observe.expertise_view import ExpertiseView, expertise_view
from kintsugi.records import RunRef
from kintsugi.savings.kept import kept_report
from kintsugi_airflow.pages.opened import OpenedOnce
from kintsugi_airflow.pages.origin import own_request
from kintsugi_airflow.pages.permissions import REFINES, dags_to_read, decides_about_expertise, reports_uses

T = TypeVar("T")

LONGEST_TEXT = 20_000
"""Characters of a text that an agent sends."""


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("a text without NUL is expected")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("a text that is not blank is expected")
    return text


Id = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_without_nul)]
Name = Annotated[str, Field(max_length=MOST_CHARACTERS), AfterValidator(_without_nul)]
Named = Annotated[Name, AfterValidator(_not_blank)]
Half = Field(max_length=MOST_CHARACTERS // 2 - 1)
"""Agent and version are kept as one text, ``agent@version``."""

Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Reason = Annotated[str, Field(max_length=1000), AfterValidator(_without_nul), AfterValidator(_not_blank)]


class StepTaken(BaseModel):
    """One step of a run that goes on."""

    model_config = ConfigDict(extra="forbid")

    action: Text
    observation: Text = ""
    error: Text | None = None


class Situation(BaseModel):
    """The body of ``POST /expertise/retrieve``: what a task is about, and the newest steps so far, oldest first.

    With a ``task``, what is given is counted for ``agent`` and ``agent_version``, which have to be there then.
    """

    model_config = ConfigDict(extra="forbid")

    agent: Annotated[Name, Half] = ""
    agent_version: Annotated[Name, Half] = ""
    task: Name = ""
    group: Name = ""
    text: Annotated[Text, AfterValidator(_without_nul)] = ""
    steps: tuple[StepTaken, ...] = Field(default=(), max_length=MOST_STEPS)
    k: int = Field(default=5, ge=1, le=20)

    @model_validator(mode="after")
    def _somebody_has_the_task(self) -> Self:
        if self.task and not (self.task.strip() and self.agent.strip() and self.agent_version.strip()):
            raise ValueError("a task needs a name, an agent and an agent_version")
        return self


class Used(BaseModel):
    """The body of ``POST /expertise/used``: what an agent did with patterns in one task, and how that ended."""

    model_config = ConfigDict(extra="forbid")

    task: Named
    agent: Annotated[Named, Half]
    agent_version: Annotated[Named, Half]
    retrieved: tuple[Id, ...] = Field(default=(), max_length=MOST_PATTERNS)
    used: tuple[Id, ...] = Field(default=(), max_length=MOST_PATTERNS)
    succeeded: StrictBool | None = None


class Because(BaseModel):
    """The body of a decision about a pattern: why."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


@dataclass(frozen=True)
class ExpertiseSeen:
    """Everything on the page *Expertise*.

    Attributes:
        savings: the report on savings that `refine` kept last, as a document; empty before the first.
        decides: whether whoever looks may retire, roll back and restore.
    """

    view: ExpertiseView
    savings: dict[str, Any]
    decides: bool


class ExpertisePage:
    """Reads the page. For many threads.

    Args:
        opened: the platform.
    """

    def __init__(self, opened: OpenedOnce) -> None:
        self._opened = opened

    def seen(self, user: BaseUser) -> ExpertiseSeen:
        """Return what somebody sees: buttons only where they may decide, runs only of DAGs that they may look at.

        Raises:
            StoreUnavailable: the records can't be read now.
        """
        platform = self._opened.platform()
        view = expertise_view(platform)
        told = view.without_runs_of(view.dags - dags_to_read(user, view.dags))
        return ExpertiseSeen(told, kept_report(platform.records), decides_about_expertise(user))


def expertise_router(
    opened: OpenedOnce,
    shown: ExpertisePage,
    connect: Callable[[], AbstractContextManager[AirflowClient]],
    rng: random.Random | None = None,
) -> APIRouter:
    """Return the routes, for the app to include; they stand behind the app's login.

    What changes something takes JSON from this app's own page or from a program with a token. A decision is made by
    whoever may start runs of the DAG ``refine``, and a run of it then publishes the change. The same permission is
    asked of an agent that has something counted, because counts decide what others are given; whoever may look may
    retrieve patterns without naming a task.

    Args:
        opened: the platform.
        shown: the page.
        connect: opens a client of the Airflow around this app.
        rng: decides which patterns of little experience are tried.
    """
    router = APIRouter()
    chance = rng or random.Random()
    decision = [Depends(own_request), Depends(_may_decide)]

    @router.get("/api/expertise")
    def seen(user: GetUserDep) -> ExpertiseSeen:
        return shown.seen(user)

    @router.post("/expertise/retrieve", dependencies=[Depends(own_request)])
    def retrieve_for(situation: Situation, user: GetUserDep) -> dict[str, Any]:
        if situation.task:
            _may_be_counted(user)
        platform = opened.warm_platform() if situation.text else opened.platform()
        steps = [Step(each.action, observation=each.observation, error=each.error) for each in situation.steps]
        found = _answered(
            lambda: retrieve(
                platform,
                situation.text,
                steps,
                agent=situation.agent,
                agent_version=situation.agent_version,
                group=situation.group,
                k=situation.k,
                task=situation.task,
                rng=chance,
            )
        )
        return {"patterns": [each.to_document() for each in found]}

    @router.post("/expertise/used", dependencies=[Depends(own_request), Depends(_may_be_counted)])
    def used(report: Used) -> dict[str, Any]:
        told = _answered(
            lambda: report_use(
                opened.platform(),
                report.task,
                f"{report.agent}@{report.agent_version}",
                retrieved=report.retrieved,
                used=report.used,
                succeeded=report.succeeded,
            )
        )
        return {"counted": told.counted, "unknown": told.unknown, "report": told.report.model_dump(mode="json")}

    @router.get("/api/expertise/{pattern}/{word}", dependencies=[Depends(_may_decide)])
    def rehearsed(pattern: str, word: str) -> dict[str, Any]:
        made = _answered(lambda: rehearse(opened.platform(), _verb(word), pattern))
        return {"changes": [asdict(each) for each in made]}

    @router.post("/api/expertise/{pattern}/{word}", dependencies=decision)
    def decided(pattern: str, word: str, body: Because, user: GetUserDep) -> dict[str, Any]:
        platform, verb, by = opened.platform(), _verb(word), user.get_name()
        made = _answered(lambda: decide(platform, verb, pattern, reason=body.reason, by=by))
        run = _publishing(connect, by) if made else None
        return {"changed": [asdict(each) for each in made], "run": run and run.model_dump(mode="json")}

    return router


def _verb(word: str) -> Any:
    verb = as_verb(word)
    if verb is None:
        raise HTTPException(404, f"no decision is called {word!r}")
    return verb


def _answered(work: Callable[[], T]) -> T:
    try:
        return work()
    except TerminalError as error:
        raise HTTPException(404, f"{error.what}: {error.expected or error.got}") from None
    except ConflictError as error:
        raise HTTPException(409, f"{error.what}; try again in a moment") from None
    except DataError as error:
        raise HTTPException(422, f"{error.what}: {error.expected or error.got}") from None


def _publishing(connect: Callable[[], AbstractContextManager[AirflowClient]], by: str) -> RunRef | None:
    """Start a run of ``refine``, which publishes what changed; where it can't be started, the next one does."""
    run_id = f"decided__{time.time_ns() // 1_000_000}"
    try:
        with connect() as client:
            client.trigger(REFINES, run_id, conf={"by": by})
    except KintsugiError as error:
        structlog.get_logger().warning("publishing_not_started", dag=REFINES, error=str(error))
        return None
    return RunRef(dag=REFINES, run_id=run_id)


def _may_decide(user: GetUserDep) -> None:
    if not decides_about_expertise(user):
        raise HTTPException(403, f"may not start runs of {REFINES}, and so may not decide about patterns")


def _may_be_counted(user: GetUserDep) -> None:
    if not reports_uses(user):
        raise HTTPException(
            403,
            f"may not start runs of {REFINES}, and so may have no uses of patterns counted; retrieve without a task",
        )
