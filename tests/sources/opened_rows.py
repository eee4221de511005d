"""Opens sources of rows from the options of an entry, as `sources.yaml` would have them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kintsugi.records import Document
from kintsugi.sources.config import SourceConfig
from kintsugi.sources.credentials import Credentials
from kintsugi.sources.kind import Opening
from kintsugi.sources.port import RawItem

NOW = 1_795_713_134.0
"""2026-11-26T17:12:14Z."""

LOGIN = Credentials("shop_db", login="reader", password="s3cret!")


class Opener:
    """Opens a kind's sources on a platform, at a time that stands still."""

    def __init__(self, platform: Any, kind: str, now: Callable[[], float] = lambda: NOW) -> None:
        self._platform = platform
        self._kind = kind
        self._now = now

    def __call__(
        self,
        *,
        partition: str = "all",
        connection: str = "",
        credentials: Credentials | None = None,
        mapping: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Any:
        config = SourceConfig(
            name="orders",
            kind=self._kind,
            partition=partition,
            schedule="" if partition == "all" else "0 * * * *",
            connection=connection,
            options=options,
        )
        return config.of_kind().open(
            Opening(
                config=config,
                options=config.typed_options(),
                settings=self._platform.settings,
                clock=self._now,
                records=lambda: self._platform.records,
                credentials=credentials,
                mapping=mapping or {},
            )
        )


def texts(items: Iterable[RawItem]) -> dict[str, str]:
    """Return what each item says, by its id."""
    return {item.external_id: item.read().decode() for item in items}


def living(platform: Any) -> list[str]:
    """Return the ids of the documents that are not buried."""
    found = platform.records.scan(Document, {"source": "orders"})
    return sorted(each.external_id for each in found if each.deleted_at is None)
