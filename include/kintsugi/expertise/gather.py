"""What was done, by Airflow and by the healer, becomes trajectories in the truth."""

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from itertools import islice
from math import inf, nextafter
from typing import TYPE_CHECKING

import structlog

from autorefine.outcome import joined, outcome_of
from autorefine.readers.airflow import try_step
from autorefine.trajectory import CONTRADICTED, Step, Trajectory
from kintsugi import __version__
from kintsugi.documents.identity import digest
from kintsugi.errors import ConfigurationError, TerminalError
from kintsugi.expertise.repeated import Repeated
from kintsugi.expertise.screen import screened
from kintsugi.healing.episode import episode_id, episode_of
from kintsugi.healing.transitions import FINISHED
from kintsugi.platform import Platform
from kintsugi.records import Generation, Incident, Partition, Repair, RunRef, StoredTrajectory
from kintsugi.sources.config import MADE_HERE, load_sources
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import OneOf

if TYPE_CHECKING:
    from kintsugi.sources.airflow import AirflowSource
    from kintsugi.sources.airflow_runs import AirflowRun, TaskTry
    from kintsugi.sources.port import Source

AIRFLOW = "airflow"
HEALING = "healing"

_PAGE = 10


def gather_from(platform: Platform, source: "Source", partition: str) -> int:
    """Store a source's trajectories of a partition; return how many are new. Twice is once.

    A pattern is for everybody, and quotes what runs did; so nothing is stored of a source that not everybody may see.

    Raises:
        SourceUnavailable: the source stopped answering; what was stored so far stays and is not stored again.
    """
    from kintsugi.sources.airflow import AirflowSource
    from kintsugi.sources.port import GivesTrajectories

    if isinstance(source, AirflowSource | GivesTrajectories) and not source.labels.for_everybody:
        _not_learned_from(source.name)
        return 0
    if isinstance(source, AirflowSource):
        return _store_runs(platform.records, source, partition)
    if isinstance(source, GivesTrajectories):
        brought = platform.records.get(Partition, Partition.key_of(source.name, partition))
        return store(
            platform.records, source.name, source.trajectories(partition), run=brought.run if brought else None
        )
    return 0


def gather_episodes(platform: Platform) -> int:
    """Store the healing episodes that have ended as trajectories; return how many are new. Twice is once.

    As in `gather_from`, nothing is learned from what befell a source that not everybody may see, or of which nothing is
    known now: one that is misspelt may be such a one. Without sources that can be read, none is gathered.
    """
    records, new = platform.records, 0
    try:
        entries = load_sources(platform.settings).sources
    except ConfigurationError as error:
        structlog.get_logger().warning("episodes_not_gathered", reason=str(error))
        return 0
    open_to_all = {*MADE_HERE, *(name for name, entry in entries.items() if entry.labels.for_everybody)}
    left_out: Counter[str] = Counter()
    for incident in records.scan(Incident, {"state": OneOf(tuple(FINISHED))}):
        source = incident.target.partition("@")[0]
        if source not in open_to_all and records.get(Generation, incident.target) is None:
            left_out[source] += 1
            continue
        if records.get(StoredTrajectory, episode_id(incident)) is not None:
            continue
        repairs = list(records.scan(Repair, {"incident": incident.id}))
        if episode := episode_of(incident, repairs):
            healed_by = max(repairs, key=lambda each: each.started_at).run if repairs else None
            new += store(records, HEALING, [episode], run=healed_by, subject=incident.id)
    for source, episodes in sorted(left_out.items()):
        _not_learned_from(source, episodes=episodes)
    return new


def trajectory_of(run: "AirflowRun", partition: str) -> Trajectory:
    """Return a DAG run as a trajectory: each try of a task that ran is a step, the run's state is the outcome.

    Runs of one DAG are compared with each other. Runs that ended in the same hour share their causes (the same outage,
    the same deployment), so the hour is the group that validation must not split. A run that was cleared and ended
    again is another attempt, and another trajectory.
    """
    return Trajectory(
        id=digest("trajectory", AIRFLOW, run.dag_id, run.run_id, f"{run.end:.3f}"),
        task=f"run {run.dag_id}",
        group=partition,
        agent=run.dag_id,
        agent_version=__version__,
        steps=tuple(_step(each) for each in run.tasks if each.try_number > 0 and each.start is not None),
        success=run.state == "success",
        outcome_source="state of the Airflow run",
        started_at=run.start,
    )


def store(
    records: RecordStore,
    origin: str,
    trajectories: Iterable[Trajectory],
    *,
    run: RunRef | None = None,
    subject: str = "",
) -> int:
    """Store those that are new, and those of which something else is known now; return how many that were.

    Secrets and personal data are replaced before anything is stored; see `screen.screened`.

    A corrected trajectory gets a new time of gathering, so that the next pass of the loop sees it. Which outcome holds
    says `autorefine.outcome.joined`: the one that was decided later, none without any, and of two that differ and were
    decided at one time neither, so that nothing is learned from it until somebody decides later (a source that says
    when, or a person; see `decide_outcome`). So neither order nor repetition of words matters in a delivery; among
    deliveries, a word that is only repeated counts with the time at which it was said first. Of the same outcome told
    later what else is told holds, such as other steps; where nothing but the time is new, nothing is written. What a
    person has decided no source changes.

    Args:
        records: where they are kept.
        origin: the source that they come from, `AIRFLOW` or `HEALING`.
        trajectories: what was done; a small page of them is in memory.
        run: the Airflow run that they tell of, that did the work, or that brought them; evidence leads back to it.
        subject: what they are about where that is no run: the id of an incident.

    Raises:
        ConflictError: somebody else corrected one of them at the same time; calling again is right.
    """
    counts: Counter[str] = Counter()
    coming = iter(trajectories)
    with closing(Repeated()) as repeated:
        while page := list(islice(coming, _PAGE)):
            known = records.get_many(StoredTrajectory, {each.id for each in page})
            for raw in page:
                told = screened(raw)
                record = StoredTrajectory(
                    id=told.id,
                    origin=origin,
                    gathered_at=records.now(),
                    run=run,
                    subject=subject,
                    body=told.to_document(),
                )
                if raw.id not in known and records.insert(record):
                    known[raw.id] = record.but(version=1)
                    counts["new"] += 1
                else:
                    before = known.get(raw.id) or records.get(StoredTrajectory, raw.id)
                    now = _corrected(before, record, told, repeated) if before else None
                    if now is None:
                        continue
                    known[raw.id] = records.replace(now)
                    counts["corrected"] += 1
                    counts["contradicted"] += now.body["outcome_source"] == CONTRADICTED
                counts["redacted"] += told != raw
    if counts:
        structlog.get_logger().info(
            "trajectories_gathered",
            origin=origin,
            **{name: counts[name] for name in ("new", "corrected", "contradicted", "redacted")},
            subject=subject or str(run or ""),
        )
    return counts["new"] + counts["corrected"]


def decide_outcome(records: RecordStore, trajectory: str, *, success: bool, by: str) -> None:
    """Let a person say how a run ended; that holds, whatever sources say, until a person decides otherwise.

    Args:
        records: where it is kept.
        trajectory: its id.
        success: whether it succeeded.
        by: who says so.

    Raises:
        TerminalError: there is no such trajectory, or it can't be read.
        ConflictError: somebody else corrected it at the same time; calling again is right.
    """
    stored = records.get(StoredTrajectory, trajectory)
    told = _read(stored) if stored is not None else None
    if stored is None or told is None:
        raise TerminalError(
            f"trajectory {trajectory}: its outcome can't be decided",
            expected="the id of a stored trajectory",
            got="none with this id" if stored is None else "one that can't be read",
            next_step="`kintsugi patterns outcome` shows the runs that contradict themselves",
        )
    at = max(records.now(), nextafter(told.outcome_at or 0.0, inf))
    decided = replace(told, success=success, outcome_source=f"decided by {by}", outcome_at=at)
    records.replace(stored.but(gathered_at=records.now(), body=decided.to_document(), decided_by=by))
    structlog.get_logger().info("outcome_decided", trajectory=trajectory, success=success, by=by)


def _corrected(
    stored: StoredTrajectory, record: StoredTrajectory, told: Trajectory, repeated: Repeated
) -> StoredTrajectory | None:
    """Return what takes the place of a stored trajectory; ``None`` where nothing else is known now."""
    if stored.decided_by:
        return None
    before = _read(stored)
    known = outcome_of(before) if before else None
    if known is not None:
        known = repeated.latest(stored.id, known)
    now = joined(known, outcome_of(told))
    if now is None or now == known:
        return None
    if before is not None and replace(told, outcome_at=before.outcome_at) == before:
        repeated.note(stored.id, now)
        return None
    if now != outcome_of(told):
        told = replace(told, success=None, outcome_source=CONTRADICTED, outcome_at=now.at)
    return record.but(version=stored.version, body=told.to_document())


def _read(stored: StoredTrajectory) -> Trajectory | None:
    try:
        return Trajectory.from_document(stored.body)
    except ValueError:  # refine has put it into quarantine; any trajectory may take its place
        return None


def _store_runs(records: RecordStore, source: "AirflowSource", partition: str) -> int:
    return sum(
        store(records, AIRFLOW, [trajectory_of(run, partition)], run=RunRef(dag=run.dag_id, run_id=run.run_id))
        for run in source.runs(partition)
    )


def _not_learned_from(source: str, **counts: int) -> None:
    structlog.get_logger().info("not_learned_from", source=source, reason="not known to be for everybody", **counts)


def _step(each: "TaskTry") -> Step:
    return try_step(
        each.task_id,
        each.state,
        failed=each.failed,
        error=each.error or "",
        map_index=each.map_index,
        seconds=each.seconds,
    )
