"""Alerts of Prometheus, as its Alertmanager sends them and as it lists them."""

from kintsugi.errors import ConfigurationError
from kintsugi.sources.alertmanager.api import AlertmanagerClient
from kintsugi.sources.alertmanager.source import AlertsSource
from kintsugi.sources.kind import Kind, Opening, Options
from kintsugi.sources.port import Source
from kintsugi.sources.registry import require_credentials


class AlertsOptions(Options):
    """Nothing to choose."""


def _open(opening: Opening) -> Source:
    config = opening.config
    return AlertsSource(
        config.name,
        opening.records,
        every=config.partition,
        labels=config.labels,
        max_bytes=opening.max_bytes,
        alertmanager=_client(opening) if config.connection else None,
    )


def _client(opening: Opening) -> AlertmanagerClient:
    found = require_credentials(opening)
    if not found.host:
        raise ConfigurationError(
            f"source {opening.config.name}: connection {found.connection} names no host",
            expected="host, port and schema (http or https) of an Alertmanager",
            next_step="complete it under Admin → Connections",
        )
    url = found.http_url()
    return AlertmanagerClient(url, found.login, found.password)


KIND = Kind(options=AlertsOptions, partitions=("hour", "day"), open=_open)
