"""Who asks sources and runs partitions: this process, or Airflow."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol

from kintsugi.errors import SourceUnavailable
from kintsugi.healing.ingest_runs import start_ingest
from kintsugi.platform import Platform
from kintsugi.records import Partition, RunRef

if TYPE_CHECKING:
    from kintsugi.airflow_rest import AirflowClient
    from kintsugi.sources.port import Source

PartitionState = Literal["absent", "running", "committed", "failed"]
Opener = Callable[[Platform, str], "Source"]


class Orchestrator(Protocol):
    """Asks sources and starts ingest runs. Starting the same ``key`` twice must be starting it once."""

    def check_source(self, source: str) -> None:
        """Return when the source answers one probe.

        Raises:
            SourceUnavailable: it does not, for now.
        """
        ...

    def run_partition(self, source: str, partition: str, key: str) -> bool:
        """Start the run named ``key`` for this partition; return false when it has been started before.

        Raises:
            TransientError: the run could not be handed over now.
        """
        ...

    def partition_state(self, source: str, partition: str, key: str) -> PartitionState:
        """Return how the run named ``key`` stands; ``absent`` when it was never started."""
        ...


class InProcessOrchestrator:
    """Ingests and publishes in this process: for `kintsugi heal`, tests and small installations."""

    def __init__(self, platform: Platform, run: RunRef, opener: Opener | None = None) -> None:
        self._platform = platform
        self._run = run
        self._opener = opener or _registered

    def check_source(self, source: str) -> None:
        """Ask the source itself."""
        self._opener(self._platform, source).check()

    def run_partition(self, source: str, partition: str, key: str) -> bool:
        """Ingest the partition and publish what it brought.

        A source that goes away again leaves its error in the partition's record, as in a run of its own.
        """
        if self.partition_state(source, partition, key) in ("committed", "failed"):
            return False
        from kintsugi.documents.intake import ingest
        from kintsugi.index.publish import publish

        run = self._run.model_copy(update={"run_id": key})
        try:
            ingest(self._platform, self._opener(self._platform, source), partition, run)
        except SourceUnavailable:
            return True
        publish(self._platform, run)
        return True

    def partition_state(self, source: str, partition: str, key: str) -> PartitionState:
        """Return the partition's own record as that run left it; ``running`` means that it was killed: run it again."""
        recorded = self._platform.records.get(Partition, Partition.key_of(source, partition))
        if recorded is not None and recorded.state == "committed":
            return "committed"
        if recorded is None or recorded.run.run_id != key or recorded.state == "running":
            return "absent"
        return "failed"


class AirflowOrchestrator:
    """Triggers ``ingest_<source>`` runs through Airflow's REST API; a run id that exists already is a success."""

    def __init__(self, platform: Platform, client: "AirflowClient") -> None:
        self._platform = platform
        self._client = client

    def check_source(self, source: str) -> None:
        """Ask the source from this process, with the same credentials."""
        from kintsugi.sources.registry import open_source

        open_source(self._platform, source, airflow=self._client).check()

    def run_partition(self, source: str, partition: str, key: str) -> bool:
        """Trigger the run; Airflow answers 409 when it was triggered before."""
        return start_ingest(self._client, source, partition, key)

    def partition_state(self, source: str, partition: str, key: str) -> PartitionState:
        """Return the run's state; that it succeeded counts only together with the partition's own record.

        A run that failed because another one owns the partition now is not the end of it: the other one goes on.
        """
        recorded = self._platform.records.get(Partition, Partition.key_of(source, partition))
        if recorded is not None and recorded.state == "committed":
            return "committed"
        if recorded is not None and recorded.state == "running" and recorded.run.run_id != key:
            return "running"
        state = self._client.run_state(f"ingest_{source}", key)
        if state is None:
            return "absent"
        return "failed" if state in ("success", "failed") else "running"


def _registered(platform: Platform, name: str) -> "Source":
    from kintsugi.sources.registry import open_source

    return open_source(platform, name)
