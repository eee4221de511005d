"""Settings: read once, here, from `kintsugi.toml` and ``KINTSUGI_…`` variables (variables win)."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from kintsugi.errors import ConfigurationError
from kintsugi.stores.place import mongo_place, opensearch_place, without_secrets

PREFIX = "KINTSUGI_"
_ADDRESSES = ("uri", "url", "mongo", "opensearch")  # the last two where a whole section was given as one
NOT_SETTINGS = {"KINTSUGI_HOME", "KINTSUGI_TORCH", "KINTSUGI_TEST_ENGINES", "KINTSUGI_TEST_MONGODB_URI"}


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EmbeddingSettings(_Section):
    """Which model makes the vectors.

    ``model`` is a sentence-transformers name or folder; ``bundled`` is all-MiniLM-L6-v2 from its own package.
    ``backend`` is what computes it: ``torch``, ``onnx`` (processors only), or ``auto``: onnx where its vectors are
    those of torch, else torch. Vectors of different backends are different embeddings, with generations of their own.
    """

    model: str = "bundled"
    revision: str = ""
    query_prefix: str = ""
    batch_size: int = Field(default=32, ge=1, le=4096)
    device: str = "cpu"
    backend: Literal["auto", "torch", "onnx"] = "auto"
    server: bool = True


class ChunkSettings(_Section):
    """How documents are cut; sizes are tokens of the embedding model."""

    max_tokens: int = Field(default=220, ge=32, le=8192)


class RetrievalSettings(_Section):
    """How passages are ranked, and when they count as evidence. The cosines suit the bundled model.

    Attributes:
        dense_weight: share of the vector leg in the fused score; the lexical leg has the rest.
        sure_cosine: a passage this near to the question speaks of it, whatever its words are.
        least_cosine: a passage further off never does.
        least_coverage: share of the question's words that a passage in between has to hold.
    """

    dense_weight: float = Field(default=0.5, ge=0, le=1)
    sure_cosine: float = Field(default=0.42, ge=-1, le=1)
    least_cosine: float = Field(default=0.3, ge=-1, le=1)
    least_coverage: float = Field(default=0.6, ge=0, le=1)


class IngestSettings(_Section):
    """Limits of what is taken in.

    Attributes:
        max_document_mb: larger files are quarantined.
        parse_seconds: a document that takes longer to read is quarantined.
        parse_memory_mb: a document that takes more memory to read is quarantined.
        shard_documents: documents a mapped load task takes.
        max_loss_share: when more than this share of a source's documents vanish at once, the partition is held.
    """

    max_document_mb: float = Field(default=32, gt=0)
    parse_seconds: float = Field(default=60, gt=0)
    parse_memory_mb: int = Field(default=2000, ge=500)
    shard_documents: int = Field(default=500, ge=1)
    max_loss_share: float = Field(default=0.5, gt=0, le=1)


class HealingSettings(_Section):
    """How far healing may go by itself.

    Attributes:
        grace: seconds that a suspect chunk is left alone before it counts as missing.
        max_items: items that one repair may touch without a person's approval.
        max_share: share of the target that one repair may touch without approval.
        window: seconds of a budget window.
        max_repairs: repairs of one target in a window; the next one trips the breaker.
        lease: seconds that a healer holds an incident without a sign of life.
        approval_timeout: seconds a person has to approve; then the repair is denied.
    """

    grace: float = Field(default=10.0, ge=0, le=86_400)
    max_items: int = Field(default=1000, ge=1)
    max_share: float = Field(default=0.2, gt=0, le=1)
    window: float = Field(default=3600.0, gt=0, le=30 * 86_400)
    max_repairs: int = Field(default=6, ge=1)
    lease: float = Field(default=120.0, gt=0)
    approval_timeout: float = Field(default=3600.0, gt=0)
    source_patience: float = Field(default=1800.0, gt=0)


class MongoSettings(_Section):
    """Where the records live when not in the embedded engine.

    Attributes:
        uri: ``mongodb://…`` or ``mongodb+srv://…``, without a password; empty is SQLite below ``var``.
        database: the database that belongs to the platform alone.
        username, password, password_file: the login; the file wins where both are set.
        ca_file: the authority that signed the server's certificate; setting it turns TLS on.
        timeout: seconds to wait for a server, a connection, and an answer.
    """

    uri: str = ""
    database: str = Field(default="kintsugi", pattern=r"^[A-Za-z0-9_-]{1,38}$")
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    ca_file: Path | None = None
    timeout: float = Field(default=5.0, gt=0, le=60)

    @field_validator("uri")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if value:
            mongo_place(value, None)
        return value

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.uri:
            mongo_place(self.uri, self.database)
        _require_username(self)
        return self


class OpenSearchSettings(_Section):
    """Where the index lives when not in the embedded engine.

    Attributes:
        url: ``https://host:port``, several with commas, all with https or none; without a password; empty is LanceDB
            below ``var``.
        username, password, password_file: the login; the file wins where both are set.
        ca_file: the authority that signed the servers' certificates, where the system doesn't know it.
        prefix: begins the name of every index and alias of the platform.
        knn_engine: ``lucene`` or ``faiss``.
        shards, replicas: of each index.
        timeout: seconds to wait for an answer.
    """

    url: str = ""
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    ca_file: Path | None = None
    prefix: str = Field(default="kintsugi", pattern=r"^[a-z][a-z0-9-]{0,30}$")
    knn_engine: Literal["lucene", "faiss"] = "lucene"
    shards: int = Field(default=1, ge=1, le=1024)
    replicas: int = Field(default=0, ge=0, le=10)
    timeout: float = Field(default=10.0, gt=0, le=60)

    @field_validator("url")
    @classmethod
    def _addresses(cls, value: str) -> str:
        if value:
            opensearch_place(value, "kintsugi")
        return value

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        _require_username(self)
        return self


def _require_username(login: MongoSettings | OpenSearchSettings) -> None:
    if not login.username and (login.password_file or login.password.get_secret_value()):
        raise ValueError("a username beside the password")


class GenerationSettings(_Section):
    """How long generations stay that don't serve any more, and what the golden gate asks of a new one.

    Attributes:
        keep_retired: indexes of retired generations that are kept, the newest ones; the previous one always stays.
        retire_after: seconds after its last sign of life before a retired or rejected generation's index may go.
        gate_queries: golden queries asked of both generations at most.
        gate_fewest: fewer pairs than this hold the new generation back.
        gate_tolerance: a mean loss (of reciprocal rank) that isn't worth holding a generation back for.
        gate_alpha: level of significance of the randomisation test.
    """

    keep_retired: int = Field(default=1, ge=0)
    retire_after: float = Field(default=3600.0, ge=0)
    gate_queries: int = Field(default=100, ge=1, le=10_000)
    gate_fewest: int = Field(default=10, ge=1)
    gate_tolerance: float = Field(default=0.02, ge=0, lt=1)
    gate_alpha: float = Field(default=0.05, gt=0, lt=1)


class SavingsSettings(_Section):
    """How it is measured whether patterns are worth their cost.

    Attributes:
        share: share of each class of tasks that works without patterns.
        prices: a price file of one's own; without it, the one that comes with the package.
    """

    share: float = Field(default=0.15, ge=0.1, le=0.2)
    prices: Path | None = None


class ExtractionSettings(_Section):
    """A language model that proposes patterns beside what counting finds; off while ``model`` is empty.

    Attributes:
        base_url: of an API like OpenAI's, up to and with ``/v1``.
        model: the model's name.
        timeout: seconds for one request.
        most_calls_per_day: so many questions are put to the model in a day (UTC), by the time when a pass of `refine`
            began; one that is answered badly is asked once more within its call. With 0 none is.
    """

    base_url: str = "https://api.openai.com/v1"
    model: str = ""
    api_key: SecretStr = SecretStr("")
    timeout: float = Field(default=60, gt=0, le=600)
    most_calls_per_day: int = Field(default=50, ge=0, le=10_000)


class ServerSettings(_Section):
    """Where the platform listens on a laptop. A taken port is replaced by the next free one."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)


class Settings(_Section):
    """Everything that can be set. ``home`` is the checkout; ``var`` holds all that the platform writes."""

    home: Path
    var: Path
    inbox: Path
    runbooks: Path
    golden: Path
    embedding: EmbeddingSettings = EmbeddingSettings()
    chunks: ChunkSettings = ChunkSettings()
    ingest: IngestSettings = IngestSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    healing: HealingSettings = HealingSettings()
    server: ServerSettings = ServerSettings()
    mongo: MongoSettings = MongoSettings()
    opensearch: OpenSearchSettings = OpenSearchSettings()
    generations: GenerationSettings = GenerationSettings()
    savings: SavingsSettings = SavingsSettings()
    extraction: ExtractionSettings = ExtractionSettings()

    @property
    def records_path(self) -> Path:
        """The embedded RecordStore's file."""
        return self.var / "records.sqlite"

    @property
    def index_path(self) -> Path:
        """The embedded SearchIndex's folder."""
        return self.var / "index"

    @property
    def staging_path(self) -> Path:
        """Where an ingest run keeps shards between its tasks; in a cluster, a shared file system."""
        return self.var / "staging"

    @property
    def run_path(self) -> Path:
        """Sockets, process ids and the like of the running platform."""
        return self.var / "run"

    @property
    def secrets_path(self) -> Path:
        """Secrets and the admin password, mode 0600."""
        return self.var / "secrets.json"


def load_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the settings: defaults, then `kintsugi.toml`, then ``KINTSUGI_SECTION__KEY``, then ``overrides``.

    Raises:
        ConfigurationError: names the unknown or wrong key, where it stands, and the nearest known key.
    """
    environ = os.environ if environ is None else environ
    home = Path(environ.get("KINTSUGI_HOME") or Path(__file__).resolve().parents[2])
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    file = home / "kintsugi.toml"
    if file.exists():
        try:
            _merge(values, tomllib.loads(file.read_text()), origins, str(file.name))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"settings file {file}: not valid TOML", got=str(error), next_step="correct that line"
            ) from error
        except OSError as error:
            raise ConfigurationError(
                f"settings file {file}: can't be read",
                expected="a file that this user may read",
                got=error.strerror or type(error).__name__,
                next_step="correct its permissions, or move it away",
            ) from error
    for name, value in environ.items():
        if name.startswith(PREFIX) and name not in NOT_SETTINGS:
            path = name.removeprefix(PREFIX).lower().split("__")
            nested: dict[str, Any] = {path[-1]: value}
            for part in reversed(path[:-1]):
                nested = {part: nested}
            _merge(values, nested, origins, f"variable {name}")
    _merge(values, overrides, origins, "the caller")
    var = _folder(values, "var", home, home / "var", origins)
    values |= {"home": home, "var": var}
    values["inbox"] = _folder(values, "inbox", home, var / "inbox", origins)
    values["runbooks"] = _folder(values, "runbooks", home, home / "docs" / "runbooks", origins)
    values["golden"] = _folder(values, "golden", home, home / "golden.jsonl", origins)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise _explained(error, origins) from None


def _folder(values: Mapping[str, Any], key: str, home: Path, default: Path, origins: Mapping[str, str]) -> Path:
    """Return a folder's setting, a relative one below ``home``."""
    value = values.get(key, default)
    if not isinstance(value, str | Path) or not str(value):
        raise ConfigurationError(
            f"setting {key!r} in {origins.get(key, 'the settings')}",
            expected="the path of a folder, in quotes",
            got=repr(value),
            next_step="correct it",
        )
    return home / value


def _merge(into: dict[str, Any], new: Mapping[str, Any], origins: dict[str, str], origin: str, at: str = "") -> None:
    for key, value in new.items():
        path = f"{at}.{key}" if at else key
        if isinstance(value, Mapping):
            nested = into.setdefault(key, {})
            _merge(nested if isinstance(nested, dict) else {}, value, origins, origin, path)
        else:
            into[key] = value
            origins[path] = origin


def _explained(error: ValidationError, origins: Mapping[str, str]) -> ConfigurationError:
    first = error.errors()[0]
    path = ".".join(str(part) for part in first["loc"])
    origin = next((origins[key] for key in origins if key == path or key.startswith(path + ".")), "the settings")
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(path, known_keys(), n=1, cutoff=0.4)
        return ConfigurationError(
            f"unknown setting {path!r} in {origin}",
            expected=f"{near[0]!r}, perhaps" if near else "one of " + ", ".join(known_keys()),
            next_step="correct or remove it; `kintsugi doctor` lists all settings",
        )
    return ConfigurationError(
        f"setting {path!r} in {origin}",
        expected=first["msg"].removeprefix("Value error, "),
        got=_shown(path, first["input"]),
        next_step="correct it",
    )


def _shown(path: str, value: Any) -> str:
    """Return a wrong value as it may be shown: nothing of a section, a password, or an address that may hold one."""
    key = path.rpartition(".")[2]
    if isinstance(value, BaseModel | Mapping) or "password" in key or key in _ADDRESSES:
        return ""
    return without_secrets(repr(value))


def known_keys() -> list[str]:
    """Return every key that can be set, as ``section.key``."""
    keys = []
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, _Section):
            keys += [f"{name}.{key}" for key in section.model_fields]
        else:
            keys.append(name)
    return keys
