"""The DAGs of an Airflow as a source: one document a DAG, and one for each file that can't be imported."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from kintsugi.airflow_rest import AirflowClient
from kintsugi.documents.identity import digest
from kintsugi.records import Labels
from kintsugi.sources.airflow_dag_account import dag_account, dag_title, import_error_account, import_error_title
from kintsugi.sources.airflow_over_rest import OverRest
from kintsugi.sources.media import MARKDOWN
from kintsugi.sources.naming import safe_name
from kintsugi.sources.partitions import is_over
from kintsugi.sources.port import ItemVanished, RawItem


class AirflowDags(OverRest):
    """The DAGs that one Airflow has now, with their tasks and documentation, and its import errors.

    One partition, ``all``: a DAG that is gone from the listing is deleted, as is an error that was mended. Whether a
    DAG's document changed only its details tell, so they are read each time: two requests a DAG.
    """

    def __init__(self, client: AirflowClient, *, name: str, labels: Labels) -> None:
        super().__init__(client, name=name, labels=labels, every="all")

    def items(self, partition: str) -> Iterator[RawItem]:
        """Yield DAGs by id, then import errors; a DAG's details are read when the item is."""
        is_over(self.name, "all", partition, 0.0)
        self._client.version()
        for dag in self._client.dags():
            yield self._dag(dag["dag_id"])
        for error in self._client.import_errors():
            yield self._import_error(error)

    def item(self, partition: str, external_id: str) -> RawItem | None:
        """Return the item of this name."""
        return next((each for each in self.items(partition) if each.external_id == external_id), None)

    def _dag(self, dag_id: str) -> RawItem:
        return RawItem(
            external_id=f"dags/{safe_name(dag_id)}",
            media_type=MARKDOWN,
            locator=f"{self._client.base_url}/dags/{dag_id}",
            read=partial(self._account, dag_id),
            labels=self.labels,
            title=dag_title(dag_id),
            metadata={"dag_id": dag_id},
        )

    def _account(self, dag_id: str) -> bytes:
        details = self._client.dag_details(dag_id)
        if details is None:
            raise ItemVanished(f"source {self.name}: DAG {dag_id} is gone", next_step="the next run buries it")
        return dag_account(details, self._client.tasks(dag_id)).encode("utf-8", "replace")

    def _import_error(self, error: dict[str, Any]) -> RawItem:
        text = import_error_account(error).encode("utf-8", "replace")
        bundle, filename = str(error.get("bundle_name") or ""), error["filename"]
        return RawItem(
            external_id="/".join(("import-errors", *filter(None, (safe_name(bundle), safe_name(filename))))),
            media_type=MARKDOWN,
            locator=f"{self._client.base_url}/dags#import-errors",
            read=lambda: text,
            labels=self.labels,
            raw_digest=digest(text),
            title=import_error_title(error),
            metadata={"file": filename, "bundle": bundle},
        )
