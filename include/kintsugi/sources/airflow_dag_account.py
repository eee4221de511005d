"""A readable account of a DAG and of a file that can't be imported, as Markdown: the same state gives the same text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kintsugi.sources.airflow_markdown import code, demoted, fenced

TRACE_LINES = 200
TRACE_WIDTH = 400
"""What is kept of a stack trace: its end, where the reason stands."""

_USUAL_RULE = "all_success"


def dag_title(dag_id: str) -> str:
    """Return the title of a DAG's document."""
    return f"DAG {dag_id}"


def import_error_title(error: Mapping[str, Any]) -> str:
    """Return the title of an import error's document."""
    return f"Import error in {error['filename']}"


def dag_account(details: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> str:
    """Return what a DAG is for, when it runs, whose it is, and its tasks.

    Left out is what changes without the DAG changing (times of parsing and of the next run) and what may hold secrets
    (default arguments, values of parameters).
    """
    parts = [f"# {dag_title(str(details['dag_id']))}"]
    if description := _line(details.get("description")):
        parts.append(description)
    parts.append("\n".join(f"- {fact}" for fact in _facts(details)))
    if documentation := str(details.get("doc_md") or "").strip():
        parts.append(demoted(documentation, 1))
    ordered = sorted(tasks, key=lambda each: str(each["task_id"]))
    parts += ["## Tasks", "\n".join(_task(each) for each in ordered) or "None."]
    for each in ordered:
        if documentation := str(each.get("doc_md") or "").strip():
            parts += [f"### Task {_line(each['task_id'])}", demoted(documentation, 3)]
    return "\n\n".join(parts) + "\n"


def import_error_account(error: Mapping[str, Any]) -> str:
    """Return which file can't be imported and the end of its stack trace.

    When it was found is left out: Airflow finds it anew each time it reads the file.
    """
    trace = str(error.get("stack_trace") or "").rstrip()
    last = _line(trace.splitlines()[-1]) if trace else "no stack trace"
    bundle = f" of bundle {code(error['bundle_name'])}" if error.get("bundle_name") else ""
    parts = [
        f"# {import_error_title(error)}",
        f"Airflow can't import {code(error['filename'])}{bundle}: {code(last[:TRACE_WIDTH])}. "
        "Its DAGs stay as they were when it last could.",
    ]
    return "\n\n".join([*parts, fenced(trace, lines=TRACE_LINES, width=TRACE_WIDTH)] if trace else parts) + "\n"


def _facts(details: Mapping[str, Any]) -> Iterator[str]:
    schedule, explained = _line(details.get("timetable_summary")), _line(details.get("timetable_description"))
    told = f" ({explained})" if explained and explained != schedule else ""
    yield f"Schedule: {code(schedule)}{told}" if schedule else "Schedule: none, it runs when it is started"
    if assets := sorted(set(_assets(details.get("asset_expression")))):
        yield f"Waits for the assets {', '.join(code(each) for each in assets)}"
    if owners := sorted(_texts(details.get("owners"))):
        yield f"Owners: {', '.join(owners)}"
    tags = details.get("tags")
    if named := sorted(str(each.get("name")) for each in tags if isinstance(each, Mapping)) if tags else []:
        yield f"Tags: {', '.join(named)}"
    file = details.get("relative_fileloc") or details.get("fileloc")
    if file:
        yield f"File: {code(file)}" + (
            f" of bundle {code(details['bundle_name'])}" if details.get("bundle_name") else ""
        )
    if details.get("max_active_runs") is not None:
        yield f"Runs at the same time: at most {details['max_active_runs']}"
    yield f"Catches up on missed intervals: {'yes' if details.get('catchup') else 'no'}"
    if isinstance(details.get("params"), Mapping) and details["params"]:
        yield f"Parameters: {', '.join(code(each) for each in sorted(details['params']))}"
    if details.get("is_paused"):
        yield "It is paused: nothing starts it on schedule"


def _task(task: Mapping[str, Any]) -> str:
    parts = [f"- {code(task['task_id'])} ({_line(task.get('operator_name')) or 'unknown operator'})"]
    if task.get("is_mapped"):
        parts.append("mapped")
    if retries := int(task.get("retries") or 0):
        parts.append(f"{retries} {'retry' if retries == 1 else 'retries'}")
    if (rule := _line(task.get("trigger_rule"))) and rule != _USUAL_RULE:
        parts.append(f"trigger rule {code(rule)}")
    if following := sorted(_texts(task.get("downstream_task_ids"))):
        parts.append("then " + ", ".join(code(each) for each in following))
    return ", ".join(parts)


def _assets(expression: Any) -> Iterator[str]:
    """Yield the names in an asset expression: ``{"all": [{"asset": {"name": …}}, {"any": […]}]}``."""
    if isinstance(expression, list):
        for each in expression:
            yield from _assets(each)
    elif isinstance(expression, Mapping):
        for kind, inner in expression.items():
            if kind in ("all", "any"):
                yield from _assets(inner)
            elif isinstance(inner, Mapping):
                yield str(inner.get("name") or inner.get("uri") or kind)


def _texts(values: Any) -> list[str]:
    return [_line(each) for each in values] if isinstance(values, list) else []


def _line(text: Any) -> str:
    return " ".join(str(text).split()) if text is not None else ""
