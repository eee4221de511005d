"""What became of patterns: cited in an answer, given to an agent, used, used with success."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import structlog

from autorefine.counters import Counters
from autorefine.pattern import Pattern
from autorefine.repository import VersionConflict, update
from autorefine.usage import record_usage
from kintsugi import __version__
from kintsugi.documents.identity import digest
from kintsugi.errors import ConflictError, DataError
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.expertise.source import pattern_of
from kintsugi.platform import Platform
from kintsugi.records import UsageReport

ASKED = f"ask@{__version__}"
"""The agent version that answers of the platform are counted for. It never reports uses: people act on its answers."""

MOST_PATTERNS = 100
"""Patterns that one report may name."""

MOST_CHARACTERS = 400
"""Longest name of a task or an agent version."""

_CAS_TRIES = 8


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
    difference. The report is kept before anything is counted: what a kill interrupts is not counted rather than counted
    twice.

    Args:
        platform: where it is kept.
        task: the task's id, as the agent's runner knows it.
        agent_version: whose task it was, ``name@version``.
        retrieved: ids of the patterns that it was given.
        used: ids of those that it acted on; they count as given.
        succeeded: whether the task succeeded; ``None`` where that is not known yet.

    Raises:
        DataError: the task or the agent version is no name, or too many patterns are named.
        ConflictError: other writers were faster `_CAS_TRIES` times.
    """
    given, acted_on = {*retrieved, *used}, {*used}
    _require(task, agent_version, given)
    repository = StoredPatterns(platform.records)
    known = {each for each in given if repository.get(each) is not None}
    before, after = _kept(platform, task, agent_version, known, acted_on & known, succeeded)
    counted = tuple(each for each in after.retrieved if _recount(repository, each, agent_version, before, after))
    structlog.get_logger().info("use_reported", task=task, agent=agent_version, counted=len(counted))
    return Told(after, counted, tuple(sorted(given - known)))


def _kept(
    platform: Platform, task: str, agent_version: str, given: set[str], used: set[str], succeeded: bool | None
) -> tuple[UsageReport | None, UsageReport]:
    """Store the report by compare-and-set; return what was said before and what is said now."""
    records = platform.records
    first = UsageReport(
        id=digest("usage", agent_version, task), task=task, agent_version=agent_version, at=records.now()
    )
    for _ in range(_CAS_TRIES):
        before = records.get(UsageReport, first.id)
        said = before or first
        is_last_word = succeeded is not None
        now_used = used if is_last_word else {*said.used, *used}
        after = said.but(
            retrieved=tuple(sorted({*said.retrieved, *given})),
            used=tuple(sorted(now_used)),
            succeeded=succeeded if is_last_word else said.succeeded,
            at=first.at,
        )
        if before is not None and after.but(at=before.at) == before:
            return before, before
        try:
            if before is not None:
                return before, records.replace(after)
            if records.insert(after):
                return None, after.but(version=1)
        except ConflictError:
            continue
    raise ConflictError(
        f"usage of task {task} by {agent_version}: others were faster {_CAS_TRIES} times",
        next_step="send the report again",
    )


def _recount(
    repository: StoredPatterns, pattern: str, agent_version: str, before: UsageReport | None, after: UsageReport
) -> bool:
    """Change a pattern's counts by what the report says now and did not say before; tell whether that is anything."""
    was, now = _counts(before, pattern), _counts(after, pattern)
    if was == now:
        return False

    def corrected(stored: Pattern) -> Pattern:
        counts = stored.counters.get(agent_version, Counters())
        counts = replace(
            counts,
            retrieved=max(0, counts.retrieved + now.retrieved - was.retrieved),
            used=max(0, counts.used + now.used - was.used),
            succeeded=max(0, counts.succeeded + now.succeeded - was.succeeded),
        )
        return replace(stored, counters={**stored.counters, agent_version: counts})

    try:
        return update(repository, pattern, corrected) is not None
    except VersionConflict as error:
        structlog.get_logger().warning("use_not_counted", pattern=pattern, error=str(error))
        return False


def _counts(report: UsageReport | None, pattern: str) -> Counters:
    """Return what a report is worth to a pattern: at most one of each."""
    if report is None or pattern not in report.retrieved:
        return Counters()
    return Counters().after(retrieved=True, used=pattern in report.used, succeeded=bool(report.succeeded))


def _require(task: str, agent_version: str, patterns: set[str]) -> None:
    for name, text in (("task", task), ("agent version", agent_version)):
        if not text.strip() or len(text) > MOST_CHARACTERS or "\0" in text:
            raise DataError(
                f"usage report: no {name} that can be kept",
                expected=f"1 … {MOST_CHARACTERS} characters",
                got=f"{len(text)} characters",
                next_step="name it as the agent's runner knows it",
            )
    if len(patterns) > MOST_PATTERNS:
        raise DataError(
            "usage report: too many patterns",
            expected=f"at most {MOST_PATTERNS} ids",
            got=str(len(patterns)),
            next_step="report what this one task was given",
        )
