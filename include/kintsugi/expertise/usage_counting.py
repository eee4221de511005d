"""A usage report is counted once for each of its patterns, whatever stops the counting in between.

A report and the counts of a pattern are different records, and no transaction spans them. So the counts remember which
version of the report they include (`Counters.under_way`) until the report itself says that every pattern includes it;
from then on what the report says is what the counts include. Both change by compare-and-set alone:

1. the report is stored, not *counted*;
2. each pattern's counts are corrected from what they include to what it says;
3. the report is marked as *counted*;
4. whoever counts next for a pattern forgets what it remembers of reports that are.

Whoever finds a report at any of these points can go on from there.
"""

from collections.abc import Mapping
from dataclasses import replace

import structlog

from autorefine.counters import Counters, Included
from autorefine.repository import VersionConflict
from autorefine.usage import with_counts
from kintsugi.errors import AGAIN, ConflictError
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.platform import Platform
from kintsugi.records import UsageReport
from kintsugi.stores.records import RecordStore

CAS_TRIES = 8


def count(platform: Platform, report: UsageReport) -> tuple[UsageReport, tuple[str, ...]]:
    """Bring the counts of every pattern in line with a stored report; return it, and the patterns that changed.

    Raises:
        ConflictError: others were faster `CAS_TRIES` times; counting it again goes on from there.
    """
    records, changed = platform.records, set[str]()
    for _ in range(CAS_TRIES):
        if report.counted:
            return report, tuple(sorted(changed))
        included = {pattern: report.fate_of(pattern) for pattern in report.retrieved}
        changed |= {pattern for pattern in included if _include(records, report, pattern)}
        try:
            report = records.replace(report.but(counted=True, included=included))
        except ConflictError:
            report = records.get(UsageReport, report.id) or report.but(counted=True)
    raise _others_were_faster(report)


def count_reports(platform: Platform) -> int:
    """Count the reports whose counting was stopped; return how many they were. Those that others count now are left.

    Raises:
        StoreUnavailable: the records can't be reached.
    """
    done = 0
    for report in platform.records.scan(UsageReport, {"counted": False}):
        try:
            count(platform, report)
        except ConflictError as error:
            structlog.get_logger().warning("use_not_counted", report=report.id, error=str(error))
        else:
            done += 1
    return done


def _include(records: RecordStore, report: UsageReport, pattern: str) -> bool:
    """Let a pattern's counts include what this version of the report says; tell whether that changed them.

    The report is looked at after the pattern: while it still has this version, nobody has counted a later one for the
    pattern as it was read. A later one makes this counting idle, and is counted by whoever stored it.
    """
    repository, now = StoredPatterns(records), report.fate_of(pattern)
    for _ in range(CAS_TRIES):
        stored = repository.get(pattern)
        current = records.get(UsageReport, report.id)
        if stored is None or current is None or current.version != report.version:
            return False
        counts = stored.counters.get(report.agent_version, Counters())
        included = counts.under_way.get(report.id)
        if included == Included(report.version, now):
            return False
        was = included.fate if included else report.included.get(pattern, "")
        corrected = replace(
            counts.corrected(report.id, was, now),
            under_way={**_unfinished(records, counts.under_way), report.id: Included(report.version, now)},
        )
        try:
            repository.put(with_counts(stored, report.agent_version, corrected))
        except VersionConflict:
            continue
        return was != now
    raise _others_were_faster(report)


def _unfinished(records: RecordStore, under_way: Mapping[str, Included]) -> dict[str, Included]:
    """Return those of the reports that aren't counted for all their patterns yet; what was removed is over."""
    reports = records.get_many(UsageReport, under_way)
    return {id: each for id, each in under_way.items() if id in reports and not reports[id].counted}


def _others_were_faster(report: UsageReport) -> ConflictError:
    return ConflictError(
        f"usage of task {report.task} by {report.agent_version}: others were faster {CAS_TRIES} times", next_step=AGAIN
    )
