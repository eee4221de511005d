"""All stages in one process: for the command line, benchmarks and tests."""

from collections.abc import Collection

from kintsugi.airflow_rest import AirflowClient
from kintsugi.documents.intake.fetch import fetch
from kintsugi.documents.intake.load import load
from kintsugi.documents.intake.recount import recount
from kintsugi.documents.intake.validate import validate
from kintsugi.platform import Platform
from kintsugi.records import Partition, RunRef
from kintsugi.sources.port import Source


def ingest(
    platform: Platform,
    source: str | Source,
    partition: str,
    run: RunRef,
    *,
    airflow: AirflowClient | None = None,
    accept_loss: bool = False,
    accept: Collection[str] = (),
    only: Collection[str] = (),
) -> Partition:
    """Take a partition in, or ``only`` these of its items, by the functions that the DAGs call; return its record.

    Raises whatever the stages raise; the partition's record then says so.
    """
    meant = {*accept, "loss"} if accept_loss else accept
    fetched = fetch(platform, source, partition, run, airflow=airflow, only=only, accept=meant)
    loaded = [load(platform, validate(platform, shard, run), run) for shard in fetched.shards]
    return recount(platform, fetched, loaded, run, accept_loss=accept_loss)
