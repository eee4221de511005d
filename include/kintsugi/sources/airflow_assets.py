"""The asset updates of an Airflow as a source: one document an asset and window."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from kintsugi.airflow_session import without_login
from kintsugi.sources.airflow_markdown import code
from kintsugi.sources.airflow_over_rest import OverRest
from kintsugi.sources.airflow_runs import seconds_of
from kintsugi.sources.media import MARKDOWN
from kintsugi.sources.naming import safe_name
from kintsugi.sources.partitions import Window, window_of
from kintsugi.sources.port import ItemVanished, RawItem

MOST_UPDATES = 500
"""Updates of an asset that a document tells one by one; the others are counted."""


@dataclass(frozen=True)
class Asset:
    """An asset as its updates name it."""

    id: int
    name: str
    uri: str
    group: str

    @property
    def external_name(self) -> str:
        """Its name, and its URI where that says more: the two together are unique in an Airflow."""
        return safe_name(self.name if self.uri in (self.name, "") else f"{self.name} <{self.uri}>")


class AirflowAssets(OverRest):
    """The updates that the assets of one Airflow got in a window: by which task, and which runs they caused.

    The window is listed twice, once for the assets in it and once for each of them, so that memory holds the assets and
    not their updates.

    Airflow 3.3 can't list updates while a run that one of them caused is still queued (it answers 500): until it can,
    such a window is a gap.
    """

    def items(self, partition: str) -> Iterator[RawItem]:
        """Yield one item for each asset that was updated in the window, by name; its updates are read when it is."""
        window = window_of(self.name, self._every, partition)
        self._client.version()
        assets = {asset_of(each) for each in self._client.asset_events(window.start, window.end)}
        for asset in sorted(assets, key=lambda each: (each.name, each.uri, each.id)):
            yield RawItem(
                external_id=f"assets/{asset.external_name}/{partition}",
                media_type=MARKDOWN,
                locator=f"{self._client.base_url}/assets/{asset.id}",
                read=partial(self._account, asset, partition, window),
                labels=self.labels,
                title=_title(asset, partition),
                metadata={"asset": asset.name, "uri": asset.uri},
            )

    def item(self, partition: str, external_id: str) -> RawItem | None:
        """Return the item of one asset."""
        return next((each for each in self.items(partition) if each.external_id == external_id), None)

    def _account(self, asset: Asset, partition: str, window: Window) -> bytes:
        lines: list[str] = []
        updates = 0
        for event in self._client.asset_events(window.start, window.end, asset.id):
            updates += 1
            if len(lines) < MOST_UPDATES:
                lines.append(_update(event))
        if not updates:
            raise ItemVanished(f"source {self.name}: updates of asset {asset.name} are gone", got="none")
        if updates > len(lines):
            lines.append(f"- … and {updates - len(lines)} more")
        group = f", group {code(asset.group)}" if asset.group else ""
        uri = f" ({code(asset.uri)}{group})" if asset.uri else ""
        times = "once" if updates == 1 else f"{updates} times"
        parts = [
            f"# {_title(asset, partition)}",
            f"Asset {code(asset.name)}{uri} was updated {times} in {partition} UTC.",
        ]
        return ("\n\n".join([*parts, "## Updates", "\n".join(lines)]) + "\n").encode("utf-8", "replace")


def asset_of(event: Mapping[str, Any]) -> Asset:
    """Return the asset that an update is of; one that is gone is known by its number."""
    number = event["asset_id"]
    uri = without_login(str(event.get("uri") or ""))
    return Asset(number, str(event.get("name") or uri or f"number {number}"), uri, str(event.get("group") or ""))


def _title(asset: Asset, partition: str) -> str:
    return f"Asset {' '.join(asset.name.split())}, {partition}"


def _update(event: Mapping[str, Any]) -> str:
    parts = [f"- {_clock(event.get('timestamp'))} {_cause(event)}"]
    if event.get("partition_key"):
        parts.append(f"partition {code(event['partition_key'])}")
    extra = event.get("extra")
    if isinstance(extra, Mapping) and extra:
        parts.append(f"with {', '.join(code(key) for key in sorted(extra))}")
    runs = event.get("created_dagruns")
    caused = sorted((str(each.get("dag_id")), str(each.get("run_id"))) for each in runs) if runs else []
    if caused:
        parts.append("seen by " + ", ".join(f"{code(dag_id)} run {code(run_id)}" for dag_id, run_id in caused))
    return "; ".join(parts)


def _cause(event: Mapping[str, Any]) -> str:
    if not event.get("source_dag_id"):
        return "from outside of any DAG"
    index = event.get("source_map_index")
    mapped = f"[{index}]" if isinstance(index, int) and index >= 0 else ""
    task = f".{event['source_task_id']}{mapped}" if event.get("source_task_id") else ""
    run = f" in run {code(event['source_run_id'])}" if event.get("source_run_id") else ""
    return f"by {code(str(event['source_dag_id']) + task)}{run}"


def _clock(stamp: Any) -> str:
    seconds = seconds_of(stamp)
    return "at an unknown time" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S")
