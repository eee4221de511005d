"""Failed runs of several agents with the agent and the step that a person blamed (Who&When, arXiv 2505.00212)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from autorefine.readers.lines import OnBadLine, each_run
from autorefine.readers.plain import text_of
from autorefine.trajectory import Step


@dataclass(frozen=True)
class Failure:
    """A failed run: what each speaker said or did in turn, and who is to blame from which step on (counted from 0)."""

    id: str
    task: str
    steps: tuple[Step, ...]
    speakers: tuple[str, ...]
    agent: str
    step: int


def read_failures(lines: Iterable[str], on_bad_line: OnBadLine) -> Iterator[Failure]:
    """Read failures, one a line: ``history`` (``content``, ``name`` or ``role``), ``mistake_agent``, ``mistake_step``.

    The answer that the task wanted, and the reason of the blame, are left out. A line that cannot be read is given to
    ``on_bad_line`` and skipped.
    """
    return each_run(lines, on_bad_line, _failure)


def _failure(document: object) -> Failure:
    if not isinstance(document, Mapping) or not isinstance(document.get("history"), list):
        raise ValueError("expected a run with a history")
    history = document["history"]
    return Failure(
        id=text_of(document.get("_id") or document.get("question_ID")),
        task=text_of(document.get("question")),
        steps=tuple(Step(action=text_of(entry["content"])) for entry in history),
        speakers=tuple(_speaker(entry) for entry in history),
        agent=text_of(document["mistake_agent"]),
        step=int(document["mistake_step"]),
    )


def _speaker(entry: Mapping[str, object]) -> str:
    """Return the name, else the role without what is in brackets after it ("Orchestrator (thought)")."""
    return text_of(entry.get("name")) or text_of(entry.get("role")).partition(" (")[0]
