"""Every log event of a task passes through Airflow's supervisor, which fails the task on names that it uses itself."""

import ast
import inspect
import json
from pathlib import Path

import structlog
from airflow.sdk.execution_time import supervisor

from kintsugi.healing.anomaly import Anomaly, Severity
from kintsugi.healing.incidents import open_incident
from tests.airflow.conftest import ROOT
from tests.builders import RUN

LOGGING = {"debug", "info", "warning", "error", "exception", "bind"}


def reserved() -> set[str]:
    named = inspect.signature(supervisor._log_to_target).parameters.values()
    return {each.name for each in named if each.kind is not each.VAR_KEYWORD}


def fields_of(path: Path) -> set[str]:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    logged = [each for each in calls if isinstance(each.func, ast.Attribute) and each.func.attr in LOGGING]
    return {keyword.arg for each in logged for keyword in each.keywords if keyword.arg}


def test_no_log_event_has_a_field_of_a_reserved_name():
    assert "target" in reserved()
    files = [path for part in ("include", "plugins", "autorefine") for path in (ROOT / part).rglob("*.py")]
    fields = {path: fields_of(path) for path in files}
    assert {"incident", "run"} <= set().union(*fields.values()), "the search finds no log events at all"
    assert {str(path): names & reserved() for path, names in fields.items() if names & reserved()} == {}


def test_what_is_logged_when_an_incident_opens_passes_through_the_supervisor_of_a_task(platform):
    anomaly = Anomaly("missing-chunks", "g", Severity.DEGRADED, "gone", numbers={"missing": 3, "share": 0.1})
    with structlog.testing.capture_logs() as logged:
        open_incident(platform.records, anomaly, RUN)
    (event,) = logged
    passed_on = structlog.testing.CapturingLogger()
    forward = supervisor.process_log_messages_from_subprocess((structlog.wrap_logger(passed_on),))
    next(forward)
    forward.send(json.dumps(event | {"level": event.pop("log_level")}).encode())
    assert len(passed_on.calls) == 1
