"""The runs that a pattern rests on, a line each: what it did, how it ended, which one it is, and where it is seen."""

from rich.text import Text

from kintsugi.cli.quoted import printable
from kintsugi.cli.words import number_of
from kintsugi.expertise.origins import Origin
from kintsugi.observe.pattern_view import PatternSeen

_TASK = 60
"""Characters of a task that are shown: where it has no name it is told in words."""

_ID = 12
"""Characters of a trajectory's id that are shown: `kintsugi patterns outcome` takes the beginning of one."""


def evidence(seen: PatternSeen, airflow: str) -> Text:
    """Return how many runs there are, and the newest of them."""
    text = Text(f"evidence  {number_of(seen.evidence, 'run')}", style="bold")
    text.append(f", the newest {len(seen.runs)}\n" if seen.evidence > len(seen.runs) else "\n")
    for each in seen.runs:
        text.append("  followed   " if each.followed else "  otherwise  ")
        text.append(*(("succeeded  ", "green") if each.succeeded else ("failed     ", "red")))
        if each.origin is None:
            text.append(printable(f"{each.trajectory[:_ID]}  {each.agent_version}  no longer kept\n"))
        else:
            text.append(printable(f"{which(each.origin)}  ")).append(
                printable(f"{seen_at(each.origin, airflow)}\n"), style="dim"
            )
    return text


def which(origin: Origin) -> str:
    """Return which run it is: what its source calls it, its task, and the version of the agent.

    Where the source has no name for it, the beginning of its trajectory's id stands for one.
    """
    task = " ".join(origin.task.split())
    return f"{origin.name or origin.trajectory[:_ID]}  {task[:_TASK]}{'…' if len(task) > _TASK else ''}  {origin.agent}"


def seen_at(origin: Origin, airflow: str) -> str:
    """Return where a run can be looked at, its page in Airflow last: of the run itself, or of the one that brought it.

    A repair has its incident and the run that healed it.
    """
    from kintsugi.expertise.gather import AIRFLOW
    from kintsugi.observe.report import address

    page = address(origin.run, airflow) if origin.run else ""
    if origin.origin == AIRFLOW:
        return page or origin.origin
    if origin.incident:
        return f"incident {origin.incident}" + (f", healed by {page}" if page else "")
    return f"from {origin.origin}" + (f", brought by {page}" if page else "")
