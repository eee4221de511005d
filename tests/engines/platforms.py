"""Platforms on the embedded engines, on the real ones, and on one of each."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kintsugi.embedding.port import Embedder
from kintsugi.platform import Platform
from kintsugi.settings import MongoSettings, OpenSearchSettings, Settings, load_settings
from tests.builders import HashEmbedder

PATIENT = 30.0
"""Seconds: a busy machine is no failure."""

DIMENSION = 256
"""Of hashed words: few share a component, so that few passages are equally near."""


@dataclass(frozen=True)
class Real:
    """Where the real engines are, and what is this test's there; "" leaves that side embedded."""

    mongo: str = ""
    database: str = ""
    opensearch: str = ""
    prefix: str = ""

    def but(self, **changes: str) -> "Real":
        """Return it with other addresses, of a proxy perhaps."""
        return Real(**(asdict(self) | changes))

    def settings(self, home: Path, *, timeout: float = PATIENT, **generations: Any) -> Settings:
        """Return the settings of a platform that lives in ``home`` and on these engines."""
        there: dict[str, Any] = {}
        if self.mongo:
            there["mongo"] = MongoSettings(uri=self.mongo, database=self.database, timeout=timeout)
        if self.opensearch:
            there["opensearch"] = OpenSearchSettings(url=self.opensearch, prefix=self.prefix, timeout=timeout)
        settings = load_settings({"KINTSUGI_HOME": str(home)})
        limits = settings.generations.model_copy(update=generations)
        return settings.model_copy(update={"generations": limits, **there})


EMBEDDED = Real()


def platform_on(engines: Real, home: Path, embedder: Embedder | None = None, **settings: Any) -> Platform:
    """Return a platform on these engines, with the time of day as its clock: a server has its own."""
    made = engines.settings(home, **settings)
    made.runbooks.mkdir(parents=True, exist_ok=True)
    return Platform(made).using(embedder=embedder or HashEmbedder(dimension=DIMENSION))
