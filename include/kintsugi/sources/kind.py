"""`Kind`: what a module in `kintsugi.sources.kinds` says about the sources that it makes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from kintsugi.platform import Clock
from kintsugi.settings import Settings
from kintsugi.sources.credentials import Credentials
from kintsugi.sources.partitions import Every
from kintsugi.sources.port import Source

if TYPE_CHECKING:
    from kintsugi.airflow_rest import AirflowClient
    from kintsugi.sources.config import SourceConfig
    from kintsugi.stores.records import RecordStore


class Options(BaseModel):
    """What a kind's entries may set under ``options``. An unknown key is an error that names file and line."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Opening:
    """All that a kind may use to open a source.

    Attributes:
        config: the entry in ``sources.yaml``; its ``name`` and ``labels`` go into the documents.
        options: the entry's options, an instance of the kind's own class.
        settings: the platform's settings.
        clock: seconds since the epoch.
        records: opens the platform's records, for sources whose items were received there.
        credentials: the entry's connection; ``None`` when it names none.
        mapping: agreed renamings of a table's columns, from the source's present name to the agreed one.
        airflow: a client of the platform's own Airflow, where the caller has one.
    """

    config: "SourceConfig"
    options: Any
    settings: Settings
    clock: Clock
    records: "Callable[[], RecordStore]"
    credentials: Credentials | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    airflow: "AirflowClient | None" = None

    @property
    def max_bytes(self) -> int:
        """The largest document, in bytes."""
        return int(self.settings.ingest.max_document_mb * 1e6)

    def place(self, text: str) -> str:
        """Return a path or URL of the entry with ``{inbox}``, ``{runbooks}``, ``{var}`` and ``{home}`` filled in.

        What has no scheme and is not absolute lies below the platform's home.
        """
        return place(self.settings, text)


def place(settings: Settings, text: str) -> str:
    """Return a path or URL as `Opening.place` does."""
    filled = text
    for name in ("inbox", "runbooks", "var", "home"):
        filled = filled.replace(f"{{{name}}}", str(getattr(settings, name)))
    return filled if "://" in filled else str(settings.home / Path(filled).expanduser())


@dataclass(frozen=True)
class Kind:
    """A kind of source. Importing its module imports nothing heavy: DAG files do it to check the options.

    Attributes:
        options: the class of its options.
        partitions: how its sources may be cut into partitions.
        open: makes a source; opens connections only when the source is asked for something.
        contract: name of the contract that its documents have to keep.
        needs_connection: whether an entry has to name one.
        cut: how a source with these options may be cut, where it depends on them.
        gives_trajectories: whether a source with these options also gives trajectories, which then wake `refine`.
        rows: whether its items are rows of a table, whose cells can be judged.
    """

    options: type[Options]
    partitions: tuple[Every, ...]
    open: Callable[[Opening], Source]
    contract: str = "documents"
    needs_connection: bool = False
    cut: Callable[[Any], tuple[Every, ...]] | None = None
    gives_trajectories: Callable[[Any], bool] = lambda options: False
    rows: bool = False
