"""A readable account of an Airflow run, as Markdown: the same run gives the same text."""

from collections.abc import Mapping
from datetime import UTC, datetime

from kintsugi.sources.airflow_runs import AirflowRun, LogExcerpt, TaskTry

Logs = Mapping[tuple[str, int, int], LogExcerpt]
"""Excerpts by (task id, map index, try number)."""


def title_of(run: AirflowRun) -> str:
    """Return the title: which DAG, how it ended, which run."""
    return f"{run.dag_id} {run.state}: {run.run_id}"


def account_of(run: AirflowRun, logs: Logs) -> str:
    """Return what happened: the run, its tasks, then one section for each try that failed or complained."""
    parts = [f"# {title_of(run)}", _summary(run), "## Tasks", "\n".join(_line(each) for each in run.tasks) or "None."]
    for each in run.tasks:
        excerpt = logs.get((each.task_id, each.map_index, each.try_number), LogExcerpt())
        if each.try_number > 0 and (each.failed or excerpt.loud):
            parts += _section(run, each, excerpt)
    return "\n\n".join(parts) + "\n"


def _summary(run: AirflowRun) -> str:
    began, ended = _clock(run.start), _clock(run.end)
    partition = f", partition {run.partition_key}" if run.partition_key else ""
    tries = [each for each in run.tasks if each.try_number > 0]
    failed = sum(each.failed for each in tries)
    return (
        f"Run `{run.run_id}` of DAG `{run.dag_id}` ({run.run_type or 'unknown type'}{partition}) "
        f"ended as **{run.state}** after {run.seconds:.1f} s, from {began} to {ended} UTC. "
        f"Tries: {len(tries)}, of which failed: {failed}."
    )


def _line(each: TaskTry) -> str:
    took = f" after {each.seconds:.1f} s" if each.seconds is not None else ""
    error = f": {each.error}" if each.error else ""
    return f"- `{each.name}` try {each.try_number} ({each.operator or 'unknown operator'}): {each.state}{took}{error}"


def _section(run: AirflowRun, each: TaskTry, excerpt: LogExcerpt) -> list[str]:
    parts = [f"## {run.dag_id}.{each.name}, try {each.try_number}: {each.state}"]
    if each.error or excerpt.error:
        parts.append(f"Error: {each.error or excerpt.error}")
    if excerpt.causes:
        parts.append("\n".join(f"Caused by: {cause}" for cause in excerpt.causes))
    if excerpt.loud:
        parts.append("Warnings and errors in its log:")
        parts.append(_fenced(excerpt.loud))
    if each.failed and excerpt.tail:
        parts.append("The end of its log:")
        parts.append(_fenced(excerpt.tail))
    return parts


def _fenced(lines: tuple[str, ...]) -> str:
    return "\n".join(("```", *(line.replace("```", "'''") for line in lines), "```"))


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
