"""Loading a source's history: a backfill of Airflow's, and how far the records say it has come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from kintsugi.airflow_backfills import Again, AirflowBackfills
from kintsugi.errors import ConfigurationError
from kintsugi.platform import Platform
from kintsugi.records import Partition
from kintsugi.sources.registry import config_of
from kintsugi.stores.records import RecordStore

_PAGE = 500


@dataclass(frozen=True)
class Backfill:
    """A backfill under way.

    Attributes:
        id: Airflow's.
        source: whose history it loads.
        partitions: keys of the partitions that it runs, the oldest first.
        begun: store time before it was created.
    """

    id: int
    source: str
    partitions: tuple[str, ...]
    begun: float


@dataclass(frozen=True)
class Progress:
    """How far a backfill has come: counts of its partitions, and whether all its runs have ended."""

    partitions: int
    committed: int
    failed: int
    complete: bool


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

    Raises:
        ConfigurationError: the source is not cut by time, a backfill of it is under way, or there is nothing to run.
    """
    config = config_of(platform.settings, source)
    if config.partition == "all":
        raise ConfigurationError(
            f"source {source}: has one partition, and no history to load by parts",
            expected="a source with partition: hour or day",
            next_step=f"trigger {config.dag_id}: it takes in everything there is",
        )
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
