"""Loading a source's history: a backfill of Airflow's, and how far the records say it has come."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from kintsugi.airflow_backfills import Again, AirflowBackfills, UnderWay
from kintsugi.errors import ConfigurationError
from kintsugi.platform import Platform
from kintsugi.records import Partition
from kintsugi.sources.config import SourceConfig
from kintsugi.sources.partitions import FORMATS, Every, key_at
from kintsugi.sources.registry import config_of
from kintsugi.stores.records import RecordStore

_PAGE = 500
_FORMS = (*FORMATS.values(), "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True)
class Backfill:
    """A backfill under way.

    Attributes:
        id: Airflow's.
        source: whose history it loads.
        partitions: keys of the partitions that it runs, the oldest first.
        begun: store time before it was created.
        found: whether it was under way already, started by somebody else or by a command that was ended.
    """

    id: int
    source: str
    partitions: tuple[str, ...]
    begun: float
    found: bool = False


@dataclass(frozen=True)
class Progress:
    """How far a backfill has come: counts of its partitions, and whether all its runs have ended.

    Of a complete one, what is neither committed nor failed was never run: somebody has cancelled it.
    """

    partitions: int
    committed: int
    failed: int
    complete: bool


def span_of(config: SourceConfig, first: str, last: str, now: float) -> tuple[datetime, datetime]:
    """Return when the first partition to load begins and when the last one ends (its last second), in UTC.

    Airflow takes the partitions whose tick lies between, and a schedule may tick anywhere in an hour or a day. A
    day names all its hours; of a day that goes on, those that are over.

    Args:
        config: a source that is cut by hours or days.
        first, last: an hour or a day, like ``2026-11-24T19``, ``2026-11-24 19:00`` or ``2026-11-24``.
        now: seconds since the epoch.

    Raises:
        ConfigurationError: a time that is none, that comes after the other, or whose partition is not over.
    """
    every = config.partition
    if every == "all":
        raise ConfigurationError(
            f"source {config.name}: has one partition, and no history to load by parts",
            expected="a source with partition: hour or day",
            next_step=f"trigger {config.dag_id}: it takes in everything there is",
        )
    begin, _ = _moment(config.name, first, every)
    end, is_day = _moment(config.name, last, every)
    step = timedelta(hours=1) if every == "hour" else timedelta(days=1)
    latest = datetime.strptime(key_at(every, now), FORMATS[every]).replace(tzinfo=UTC) - step
    if is_day and every == "hour":
        end = min(end + timedelta(hours=23), max(latest, end))
    if begin > end:
        raise ConfigurationError(
            f"source {config.name}: the backfill would end before it begins",
            expected="--from no later than --to",
            got=f"from {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}",
            next_step="exchange them",
        )
    if end > latest:
        raise ConfigurationError(
            f"source {config.name}: {every} {end.strftime(FORMATS[every])} is not over",
            expected=f"a --to of {latest.strftime(FORMATS[every])} at most",
            got=last,
            next_step="the schedule takes in what comes; a backfill is for what has been",
        )
    return begin, end + step - timedelta(seconds=1)


def start_backfill(
    platform: Platform,
    airflow: AirflowBackfills,
    source: str,
    first: datetime,
    last: datetime,
    *,
    again: Again = "none",
    newest_first: bool = False,
    at_once: int = 4,
) -> Backfill:
    """Let Airflow run the partitions from ``first`` to ``last``, beside the schedule.

    One of the same times that is under way is returned as it is: the command may be ended, and typed again.

    Raises:
        ConfigurationError: its DAG is paused or not there, a backfill of other times is under way, or there is nothing
            to run.
    """
    config = config_of(platform.settings, source)
    _require_running(airflow, config)
    going_on = airflow.under_way(config.dag_id)
    if going_on is not None:
        return _followed(airflow, config, going_on, first, last)
    keys = airflow.planned(config.dag_id, first, last, again=again)
    if not keys:
        raise ConfigurationError(
            f"source {source}: nothing to backfill from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}",
            expected="partitions without a run, as again = none asks for" if again == "none" else "partitions to run",
            next_step="choose other times, or take in again what failed or all: --again failed, --again completed",
        )
    begun = platform.records.now()
    made = airflow.create(config.dag_id, first, last, again=again, newest_first=newest_first, at_once=at_once)
    return Backfill(made, source, tuple(keys), begun)


def progress_of(platform: Platform, airflow: AirflowBackfills, backfill: Backfill) -> Progress:
    """Return how many of the partitions were committed, and how many failed or are held, since it began."""
    complete = airflow.is_complete(backfill.id)
    committed = failed = 0
    for record in _recorded(platform.records, backfill.source, backfill.partitions):
        committed += record.committed_at is not None and record.committed_at >= backfill.begun
        failed += record.state in ("failed", "held") and record.changed_at >= backfill.begun
    return Progress(len(backfill.partitions), committed, failed, complete)


def _recorded(records: RecordStore, source: str, keys: Sequence[str]) -> Iterator[Partition]:
    for start in range(0, len(keys), _PAGE):
        page = [Partition.key_of(source, each) for each in keys[start : start + _PAGE]]
        yield from records.get_many(Partition, page).values()


def _moment(source: str, text: str, every: Every) -> tuple[datetime, bool]:
    """Return the beginning of the hour or day that a time lies in, and whether a day was named."""
    for form in _FORMS:
        try:
            found = datetime.strptime(text.strip(), form)
        except ValueError:
            continue
        found = found.replace(minute=0, second=0, tzinfo=UTC)
        return (found.replace(hour=0) if every == "day" else found), form == FORMATS["day"]
    raise ConfigurationError(
        f"source {source}: {text!r} is no time",
        expected="a day or an hour in UTC, like 2026-11-24, 2026-11-24T19 or '2026-11-24 19:00'",
        next_step="correct --from and --to",
    )


def _require_running(airflow: AirflowBackfills, config: SourceConfig) -> None:
    paused = airflow.is_paused(config.dag_id)
    if paused is None:
        raise ConfigurationError(
            f"source {config.name}: Airflow has no DAG {config.dag_id}",
            expected="the DAG that its entry becomes",
            got="none: the entry is new, switched off, or can't be used",
            next_step="`kintsugi sources check`; a new entry becomes a DAG within a minute",
        )
    if paused:
        raise ConfigurationError(
            f"source {config.name}: its DAG {config.dag_id} is paused, and so would be a backfill",
            expected="a DAG that runs",
            next_step=f"unpause it in the Airflow UI, or by `kintsugi airflow dags unpause {config.dag_id}`",
        )


def _followed(
    airflow: AirflowBackfills, config: SourceConfig, going_on: UnderWay, first: datetime, last: datetime
) -> Backfill:
    """Return the backfill that is under way, if it is the one that was asked for."""
    form = FORMATS[config.partition]
    since, until = going_on.first.strftime(form), going_on.last.strftime(form)
    if (going_on.first, going_on.last) != (first, last):
        raise ConfigurationError(
            f"source {config.name}: a backfill of other times is under way",
            expected="one backfill of a source at a time",
            got=f"from {since} to {until}",
            next_step=f"follow it: --from {since} --to {until}; or cancel it in the Airflow UI: "
            f"{config.dag_id} → Backfills",
        )
    runs = airflow.runs(config.dag_id)
    keys = {str(each["partition_key"]) for each in runs if _begun(each) >= going_on.made}
    return Backfill(
        going_on.id, config.name, tuple(sorted(key for key in keys if since <= key <= until)), going_on.made, found=True
    )


def _begun(run: Mapping[str, Any]) -> float:
    """Return when a run was queued; 0 for one that was not."""
    queued = run.get("queued_at")
    return datetime.fromisoformat(str(queued)).timestamp() if queued else 0.0
