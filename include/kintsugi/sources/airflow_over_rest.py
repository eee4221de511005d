"""What every source of one Airflow does alike: it holds a client, and says when a window of time is over."""

from kintsugi.airflow_rest import AirflowClient
from kintsugi.records import Labels
from kintsugi.sources.partitions import Every, is_over

LABELS = Labels(trust="reviewed")


class OverRest:
    """A source that reads one Airflow through its REST API, in windows of ``every``.

    Subclasses say what an item is.
    """

    contract = "documents"
    complete = True

    def __init__(self, client: AirflowClient, *, name: str, labels: Labels = LABELS, every: Every = "hour") -> None:
        self.name = name
        self._client = client
        self.labels = labels
        self._every = every

    def close(self) -> None:
        """Close the client's connections."""
        self._client.close()

    def check(self) -> None:
        """Raise `SourceUnavailable` when Airflow does not answer."""
        self._client.health()

    def partition_ready(self, partition: str, now: float) -> bool:
        """Return whether the window is over."""
        return is_over(self.name, self._every, partition, now)
