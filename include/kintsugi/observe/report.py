"""What the platform holds and what its last main job did, as one object for people and machines."""

from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote

from kintsugi.index.generations import serving
from kintsugi.observe.outcome import JobOutcome
from kintsugi.observe.own_patterns import OwnPattern, own_patterns
from kintsugi.platform import Platform
from kintsugi.records import Document, Incident, Partition, Quarantined, RunRef, StoredPattern, StoredTrajectory, Vector


@dataclass(frozen=True)
class Report:
    """The figures of `kintsugi report --json`.

    Attributes:
        ingested: living documents by source.
        embedded: vectors in the cache; ``embedded_by_last_job`` of them are new.
        skipped: items that the last run of each source found unchanged.
        refused: items held in quarantine now.
        patterns: how many in each state.
        learned: patterns drawn from the platform's own runs and repairs, each with the runs that it rests on.
        incidents: how many in each state.
        seconds: how long each step of the last main job took.
        answer: the last main job's answer with its citations.
    """

    ingested: dict[str, int]
    embedded: int
    embedded_by_last_job: int
    skipped: int
    refused: int
    trajectories: int
    patterns: dict[str, int]
    incidents: dict[str, int]
    generation: str
    seconds: dict[str, float] = field(default_factory=dict)
    drill: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    ui: str = ""
    secrets: str = ""
    learned: tuple[OwnPattern, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self) | {"learned": [_as_facts(each, self.ui) for each in self.learned]}


def make_report(platform: Platform, job: JobOutcome | None, ui: str) -> Report:
    """Count what is there and put beside it what the last main job did."""
    records = platform.records
    sources = sorted({partition.source for partition in records.scan(Partition)})
    newest = [records.latest(Partition, "changed_at", {"source": source}, limit=1) for source in sources]
    generation = serving(records)
    return Report(
        ingested={source: records.count(Document, {"source": source, "deleted_at": None}) for source in sources},
        embedded=records.count(Vector),
        embedded_by_last_job=job.embedded if job else 0,
        skipped=sum(partition.skipped for found in newest for partition in found),
        refused=records.count(Quarantined, {"state": "held"}),
        trajectories=records.count(StoredTrajectory),
        patterns=_by_state(records.scan(StoredPattern)),
        incidents=_by_state(records.scan(Incident)),
        generation=generation.id if generation else "",
        seconds=job.seconds if job else {},
        drill=job.drill if job else {},
        answer=job.answer if job else {},
        ui=ui,
        secrets=str(platform.settings.secrets_path),
        learned=tuple(own_patterns(records)),
    )


def address(run: RunRef, ui: str) -> str:
    """Return a run's page in Airflow, or its name where it has none or where Airflow is is not known."""
    return f"{ui}/dags/{run.dag}/runs/{quote(run.run_id, safe='')}" if ui and run.of_a_dag else str(run)


def _as_facts(pattern: OwnPattern, ui: str) -> dict[str, Any]:
    runs = [
        {
            "followed": each.followed,
            "succeeded": each.succeeded,
            "incident": each.incident,
            "run": each.run.model_dump(mode="json") if each.run else None,
            "url": address(each.run, ui) if each.run else "",
        }
        for each in pattern.runs
    ]
    return asdict(pattern) | {"runs": runs}


def _by_state(records: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for record in records:
        counts[record.state] = counts.get(record.state, 0) + 1
    return counts
