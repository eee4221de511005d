"""The file `sources.yaml`: which sources there are. What is wrong in it is named with file and line."""

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Literal, Self

import yaml
from croniter import croniter
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from kintsugi.errors import ConfigurationError
from kintsugi.records import Labels
from kintsugi.sensitive.policy import Policy
from kintsugi.settings import Settings
from kintsugi.sources.kind import Kind, Options
from kintsugi.sources.partitions import Every

MADE_HERE = ("expertise", "trajectories")
"""Names under which the platform keeps what it makes itself; nobody else may bring documents under them."""

_OURS = (*MADE_HERE, "cli", "bench", "ui")
_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,62}")
_KINDS = "kintsugi.sources.kinds"
_DEFAULT = Path(__file__).resolve().parents[2] / "sources.yaml"
WrongCells = Literal["ignore", "report", "quarantine"]
PRESETS = ("@once", "@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly")
_SCHEDULES = {"all": "@daily", "hour": "0 * * * *", "day": "0 0 * * *"}


class SourceConfig(BaseModel):
    """An entry of the file.

    Attributes:
        name: the entry's key; its DAG is ``ingest_<name>``.
        kind: a module in `kintsugi.sources.kinds`, or the full name of a module elsewhere.
        about: what it is, for the DAG's page.
        partition: how it is cut; each run of its DAG owns one partition.
        schedule: a cron expression in UTC, or one of Airflow's presets; "" runs only when triggered, ``arrival`` when a
            file arrives (kind ``files``, local folders).
        connection: the Airflow connection that holds its credentials.
        pool, owner: of the DAG's tasks.
        max_active_runs: partitions taken in at the same time.
        enabled: false takes the DAG away; what came in stays.
        labels: who may see its documents and how far they are to be believed.
        sensitive: what happens to secrets, personal data and hostile text.
        volume: ``usual`` holds a partition that has far less or more than those before it; ``any`` takes every amount.
        accept_drift: changes of a table's columns that need no person: any of ``added``, ``renamed``, ``retyped`` and
            ``removed``.
        wrong_cells: what happens to cells of a table that contradict the rest of it: ``report`` counts them, with
            ``quarantine`` a row that surely has one is refused, ``ignore`` does not look.
        options: what the kind wants to know.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: str
    about: str = ""
    partition: Every = "all"
    schedule: str = ""
    connection: str = ""
    pool: str = Field(default="ingest", min_length=1)
    owner: str = Field(default="kintsugi", min_length=1)
    max_active_runs: int = Field(default=1, ge=1, le=64)
    enabled: bool = True
    labels: Labels = Labels()
    sensitive: Policy = Policy()
    volume: Literal["usual", "any"] = "usual"
    accept_drift: tuple[Literal["added", "renamed", "retyped", "removed"], ...] = ()
    wrong_cells: WrongCells = "report"
    options: dict[str, Any] = {}

    @field_validator("name")
    @classmethod
    def _usable(cls, value: str) -> str:
        if value in _OURS or not _NAME.fullmatch(value):
            raise ValueError(f"a name of small letters, digits and _, and none of {', '.join(_OURS)}")
        return value

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        kind = kind_named(self.kind)
        if self.partition not in kind.partitions:
            raise ValueError(f"partition: one of {', '.join(kind.partitions)} for kind {self.kind}")
        if kind.needs_connection and not self.connection:
            raise ValueError(f"connection: kind {self.kind} logs in with an Airflow connection")
        if self.wrong_cells == "quarantine" and not kind.rows:
            raise ValueError(f"wrong_cells: report or ignore, since kind {self.kind} brings no rows of a table")
        _require_schedule(self.schedule, self.partition)
        if self.schedule == "arrival" and (self.kind != "files" or self.partition != "all"):
            raise ValueError("schedule: 'arrival' is for kind files with partition all")
        return self

    @property
    def dag_id(self) -> str:
        """The id of its DAG."""
        return f"ingest_{self.name}"

    def of_kind(self) -> Kind:
        """Return its kind."""
        return kind_named(self.kind)

    def gives_trajectories(self) -> bool:
        """Return whether its items are also attempts that AutoRefine learns from."""
        return self.of_kind().gives_trajectories(self.typed_options())

    def typed_options(self) -> Options:
        """Return its options as the kind's own class."""
        return self.of_kind().options.model_validate(self.options)


@dataclass(frozen=True)
class SourcesFile:
    """What the file says: the entries that can be used, by name, and what is wrong with the others."""

    path: Path
    sources: Mapping[str, SourceConfig]
    errors: tuple[ConfigurationError, ...] = ()


def _require_schedule(schedule: str, partition: Every) -> None:
    if not schedule and partition == "all":
        return
    if schedule == "arrival" or (schedule in PRESETS and partition == "all"):
        return
    if not schedule:
        raise ValueError("schedule: a cron expression, where the source is cut by time")
    if len(schedule.split()) != 5 or not croniter.is_valid(schedule):
        raise ValueError("schedule: a cron expression of five fields, one of " + ", ".join(PRESETS) + ", '' or arrival")


def kinds() -> list[str]:
    """Return the names of the kinds that the platform brings."""
    return sorted(each.name for each in iter_modules(import_module(_KINDS).__path__))


def kind_named(name: str) -> Kind:
    """Return a kind.

    Raises:
        ValueError: there is none of this name.
    """
    module = name if "." in name else f"{_KINDS}.{name}"
    if "." not in name and name not in kinds():
        near = difflib.get_close_matches(name, kinds(), n=1, cutoff=0.5)
        raise ValueError(f"kind: one of {', '.join(kinds())}" + (f"; {near[0]}, perhaps" if near else ""))
    try:
        kind = import_module(module).KIND
    except Exception as error:  # a module of somebody else's may fail in any way: its entry is wrong, the others go on
        raise ValueError(f"kind: a module {module} with a KIND ({type(error).__name__}: {error})") from error
    if not isinstance(kind, Kind):
        raise ValueError(f"kind: KIND of module {module} to be a kintsugi.sources.kind.Kind")
    return kind


def sources_path(settings: Settings) -> Path:
    """Return where the file lies: below the platform's home, else the one that the platform brings."""
    own = settings.home / "include" / "sources.yaml"
    return own if own.exists() else _DEFAULT


def load_sources(settings: Settings) -> SourcesFile:
    """Read the file; an entry that can't be used is an error of its own, and the others go on.

    Raises:
        ConfigurationError: the file can't be read, or is no YAML of that shape.
    """
    return read_sources(sources_path(settings))


def read_sources(path: Path) -> SourcesFile:
    """Read this file, as `load_sources` does."""
    root = _root(path)
    sources: dict[str, SourceConfig] = {}
    errors: list[ConfigurationError] = []
    for key, value in root.value:
        name = str(key.value)
        try:
            if name in sources:
                raise _error(path, key, f"source {name}", "each name once", "a second entry of that name")
            sources[name] = _entry(path, name, key, value)
        except ConfigurationError as error:
            errors.append(error)
    return SourcesFile(path, sources, tuple(errors))


def _root(path: Path) -> yaml.MappingNode:
    try:
        with path.open(encoding="utf-8") as file:
            top = yaml.compose(file, Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(
            f"sources file {path}: can't be read",
            expected="YAML with a mapping `sources`",
            got=" ".join(str(error).split()),
            next_step="correct that place; docs/sources.md shows the form",
        ) from error
    found = {str(key.value): (key, value) for key, value in top.value} if isinstance(top, yaml.MappingNode) else {}
    unknown = [key for name, (key, _) in found.items() if name != "sources"]
    node = found.get("sources", (None, None))[1]
    if unknown or not isinstance(node, yaml.MappingNode):
        at = unknown[0] if unknown else top
        raise _error(
            path, at, "the file's top", "one mapping `sources`, a source's name each", ", ".join(found) or "nothing"
        )
    return node


def _entry(path: Path, name: str, key: yaml.Node, node: yaml.Node) -> SourceConfig:
    repeated = _repeated(node)
    if repeated is not None:
        raise _error(path, repeated, f"source {name}", "each key once", f"a second {repeated.value!r}")
    if not isinstance(node, yaml.MappingNode):
        raise _error(path, key, f"source {name}", "a mapping with at least `kind`", "none")
    loader = yaml.SafeLoader("")
    try:
        values = loader.construct_document(node)
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise _error(path, key, f"source {name}", "plain values", " ".join(str(error).split())[:200]) from error
    finally:
        loader.dispose()
    if "schedule" not in values:
        values["schedule"] = _SCHEDULES.get(str(values.get("partition", "all")), "")
    try:
        config = SourceConfig.model_validate({**values, "name": name})
    except ValidationError as error:
        raise _explained(path, name, key, node, error, (), SourceConfig.model_fields) from None
    try:
        options = config.typed_options()
    except ValidationError as error:
        raise _explained(path, name, key, node, error, ("options",), config.of_kind().options.model_fields) from None
    cut = config.of_kind().cut
    if cut is not None and config.partition not in cut(options):
        at = _node_at(node, ("partition",)) or key
        raise _error(path, at, f"source {name}, partition", " or ".join(cut(options)), config.partition)
    return config


def _explained(
    path: Path,
    name: str,
    key: yaml.Node,
    node: yaml.Node,
    error: ValidationError,
    prefix: tuple[str, ...],
    known: Collection[str],
) -> ConfigurationError:
    found = error.errors()
    first = next((each for each in found if each["type"] == "extra_forbidden"), found[0])
    where = (*prefix, *(part for part in first["loc"]))
    shown = ".".join(str(part) for part in where)
    expected = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(where[-1]), known, n=1, cutoff=0.7)
        expected = f"{near[0]!r}, perhaps: a" if near else "a"
        expected += " key that is known (docs/sources.md lists them)"
    hidden = first["type"] in ("missing", "extra_forbidden") or isinstance(first["input"], Mapping)
    got = "" if hidden else repr(first["input"])[:200]
    if not where:
        where = (expected.split(":", 1)[0],)
    return _error(path, _node_at(node, where) or key, f"source {name}" + (f", {shown}" if shown else ""), expected, got)


def _error(path: Path, node: yaml.Node | None, what: str, expected: str, got: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path.name}, line {node.start_mark.line + 1 if node else 1}: {what}",
        expected=expected,
        got=got,
        next_step=f"correct {path}",
    )


def _node_at(node: yaml.Node, where: tuple[Any, ...]) -> yaml.Node | None:
    """Return the key (or element) at this path, or the deepest one above it that the file has."""
    found: yaml.Node | None = None
    for part in where:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if pair is None:
                return found
            found, node = pair
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            found = node = node.value[part]
        else:
            return found
    return found


def _repeated(node: yaml.Node) -> yaml.ScalarNode | None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                return key
            seen.add(str(key.value))
            inner = _repeated(value)
            if inner is not None:
                return inner
    return None
