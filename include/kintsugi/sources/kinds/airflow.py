"""What an Airflow did and has: its runs, the updates of its assets, its DAGs."""

from typing import Literal

from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import ConfigurationError
from kintsugi.sources.airflow import AirflowSource
from kintsugi.sources.airflow_assets import AirflowAssets
from kintsugi.sources.airflow_dags import AirflowDags
from kintsugi.sources.kind import Kind, Opening, Options
from kintsugi.sources.partitions import Every
from kintsugi.sources.port import Source
from kintsugi.sources.registry import airflow_client, require_credentials

OWN = "kintsugi_airflow"
"""The connection of the platform's own Airflow, which is known without it too."""

What = Literal["runs", "assets", "dags"]
CUT: dict[What, tuple[Every, ...]] = {"runs": ("hour",), "assets": ("hour", "day"), "dags": ("all",)}
"""How each of them may be cut into partitions."""


class AirflowOptions(Options):
    """Which of the things that an Airflow can tell.

    Attributes:
        what: ``runs`` (those that ended in the hour, with tries and logs), ``assets`` (updates in the hour or day), or
            ``dags`` (DAGs with their documentation, and import errors, as they are now; partition ``all``).
    """

    what: What = "runs"


def _open(opening: Opening) -> Source:
    config, options = opening.config, opening.options
    client = _client(opening)
    if options.what == "dags":
        return AirflowDags(client, name=config.name, labels=config.labels)
    if options.what == "assets":
        return AirflowAssets(client, name=config.name, labels=config.labels, every=config.partition)
    return AirflowSource(client, name=config.name, labels=config.labels)


def _client(opening: Opening) -> AirflowClient:
    if opening.credentials is None and opening.config.connection == OWN:
        return opening.airflow or airflow_client(opening.settings)
    found = require_credentials(opening)
    if not found.host:
        raise ConfigurationError(
            f"source {opening.config.name}: connection {found.connection} names no host",
            expected="host, port and schema (http or https) of an Airflow, with login and password",
            next_step="complete it under Admin → Connections",
        )
    return AirflowClient(found.http_url(), found.login, found.password)


KIND = Kind(
    options=AirflowOptions,
    partitions=("hour", "day", "all"),
    open=_open,
    contract="airflow",
    needs_connection=True,
    cut=lambda options: CUT[options.what],
    gives_trajectories=lambda options: bool(options.what == "runs"),
)
