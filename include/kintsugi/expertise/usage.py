"""What became of patterns: cited in an answer, given to an agent, used, used with success."""

from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from autorefine.repository import VersionConflict
from autorefine.usage import record_usage
from kintsugi import __version__
from kintsugi.documents.identity import digest
from kintsugi.errors import ConflictError, DataError
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.expertise.screen import screened_text
from kintsugi.expertise.source import pattern_of
from kintsugi.expertise.usage_counting import CAS_TRIES, count
from kintsugi.platform import Platform
from kintsugi.records import UsageReport

ASKED = f"ask@{__version__}"
"""The agent version that answers of the platform are counted for. It never reports uses: people act on its answers."""

MOST_PATTERNS = 100
"""Patterns that one report may name."""

MOST_CHARACTERS = 400
"""Longest name of a task or an agent version."""


@dataclass(frozen=True)
class Told:
    """What a report changed: ``counted`` patterns got other counts; ``unknown`` are ids that no pattern has."""

    report: UsageReport
    counted: tuple[str, ...]
    unknown: tuple[str, ...]


def record_retrieved(platform: Platform, external_ids: Iterable[str]) -> int:
    """Count one retrieval for each pattern whose document (of source ``expertise``) an answer cites.

    Each pattern counts once an answer; documents of unknown patterns are passed over. A count that loses against other
    writers too often is given up and logged: an answer never fails for being counted. Returns how many were counted.
    """
    patterns = StoredPatterns(platform.records)
    counted = 0
    for pattern in sorted({pattern_of(each) for each in external_ids}):
        try:
            counted += record_usage(patterns, ASKED, [pattern])
        except VersionConflict as error:
            structlog.get_logger().warning("retrieval_not_counted", pattern=pattern, error=str(error))
    return counted


def report_use(
    platform: Platform,
    task: str,
    agent_version: str,
    *,
    retrieved: Iterable[str] = (),
    used: Iterable[str] = (),
    succeeded: bool | None = None,
) -> Told:
    """Take in what an agent says about one task; the same words twice count once.

    Patterns that it was given add up over the task's reports. With ``succeeded`` the report is the agent's last word:
    what it used and how the task ended take the place of what was said before, and the counts are corrected by the
    difference. The report is kept before anything is counted; what a kill interrupts is counted when the report is sent
    again, or by the next `count_reports`.

    Args:
        platform: where it is kept.
        task: the task's id, as the agent's runner knows it.
        agent_version: whose task it was, ``name@version``.
        retrieved: ids of the patterns that it was given.
        used: ids of those that it acted on; they count as given.
        succeeded: whether the task succeeded; ``None`` where that is not known yet.

    Raises:
        DataError: the task is no name, the agent version no ``name@version``, or too many patterns are named.
        ConflictError: other writers were faster several times; sending it again goes on from there.
    """
    given, acted_on, task = {*retrieved, *used}, {*used}, screened_text(task)  # as in the run that will tell of it
    _require(task, agent_version, given)
    repository = StoredPatterns(platform.records)
    known = {each for each in given if repository.get(each) is not None}
    report, counted = count(platform, _kept(platform, task, agent_version, known, acted_on & known, succeeded))
    structlog.get_logger().info("use_reported", task=task, agent=agent_version, counted=len(counted))
    return Told(report, counted, tuple(sorted(given - known)))


def _kept(
    platform: Platform, task: str, agent_version: str, given: set[str], used: set[str], succeeded: bool | None
) -> UsageReport:
    """Store what is said now by compare-and-set; return the report as stored."""
    records, is_last_word = platform.records, succeeded is not None
    id = digest("usage", agent_version, task)
    for _ in range(CAS_TRIES):
        before = records.get(UsageReport, id)
        said = before or UsageReport(id=id, task=task, agent_version=agent_version, at=records.now())
        after = said.but(
            retrieved=tuple(sorted({*said.retrieved, *given})),
            used=tuple(sorted(used if is_last_word else {*said.used, *used})),
            succeeded=succeeded if is_last_word else said.succeeded,
        )
        if after == before:
            return after
        after = after.but(counted=False, at=records.now())
        try:
            if before is not None:
                return records.replace(after)
            if records.insert(after):
                return after.but(version=1)
        except ConflictError:
            continue
    raise ConflictError(
        f"usage of task {task} by {agent_version}: others were faster {CAS_TRIES} times",
        next_step="send the report again",
    )


def _require(task: str, agent_version: str, patterns: set[str]) -> None:
    for name, text in (("task", task), ("agent version", agent_version)):
        if not text.strip() or len(text) > MOST_CHARACTERS or "\0" in text:
            raise DataError(
                f"usage report: no {name} that can be kept",
                expected=f"1 … {MOST_CHARACTERS} characters",
                got=f"{len(text)} characters",
                next_step="name it as the agent's runner knows it",
            )
    name, _, version = agent_version.rpartition("@")
    if not name.strip() or not version.strip():
        raise DataError(
            "usage report: no agent version",
            expected="the agent's name and its version as NAME@VERSION",
            got=agent_version[:100],
            next_step="say both: what a pattern did for one version says little about the next",
        )
    if len(patterns) > MOST_PATTERNS:
        raise DataError(
            "usage report: too many patterns",
            expected=f"at most {MOST_PATTERNS} ids",
            got=str(len(patterns)),
            next_step="report what this one task was given",
        )
