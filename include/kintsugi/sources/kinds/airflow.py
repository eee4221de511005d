"""What an Airflow did: its runs, an hour at a time."""

from kintsugi.airflow_rest import AirflowClient
from kintsugi.sources.airflow import AirflowSource
from kintsugi.sources.kind import Kind, Opening, Options
from kintsugi.sources.port import Source
from kintsugi.sources.registry import airflow_client


class AirflowOptions(Options):
    """Nothing to choose."""


def _open(opening: Opening) -> Source:
    return AirflowSource(_client(opening), name=opening.config.name, labels=opening.config.labels)


def _client(opening: Opening) -> AirflowClient:
    found = opening.credentials
    if found is not None:
        return AirflowClient(found.http_url(), found.login, found.password)
    return opening.airflow or airflow_client(opening.settings)


KIND = Kind(
    options=AirflowOptions,
    partitions=("hour",),
    open=_open,
    contract="airflow",
    needs_connection=True,
    gives_trajectories=True,
)
