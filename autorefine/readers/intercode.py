"""InterCode's runs (Yang et al., arXiv 2306.14898)."""

from collections.abc import Iterable, Iterator

from autorefine.fields import Fields
from autorefine.readers.lines import OnBadLine, each_run
from autorefine.trajectory import Step, Trajectory


def read_intercode(lines: Iterable[str], on_bad_line: OnBadLine) -> Iterator[Trajectory]:
    """Read InterCode runs, one JSON object a line.

    A line that cannot be read is given to ``on_bad_line`` and skipped; blank lines are skipped silently. The reward
    after each step is left out: it is the outcome in disguise. The strategy is taken as the version of the agent.
    """
    return each_run(lines, on_bad_line, _run)


def _run(document: object) -> Trajectory:
    fields = Fields("run", document)
    return Trajectory(
        id=fields.text("run_id"),
        task=fields.text("task_id"),
        group=fields.text("group"),
        agent=fields.text("agent"),
        agent_version=fields.text("strategy"),
        steps=fields.each("steps", _step),
        success=fields.flag("success"),
        outcome_source="intercode reward",
        task_text=fields.optional_text("task") or "",
    )


def _step(document: object) -> Step:
    fields = Fields("step", document)
    return Step(action=fields.text("action"), observation=fields.optional_text("observation") or "")
