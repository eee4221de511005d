"""Fixtures that every test may use: a clock that stands still and a platform on a temporary folder."""

from collections.abc import Hashable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import hypothesis
import jinja2
import pytest

from kintsugi.documents.confined import ConfinedParser
from kintsugi.platform import Platform
from kintsugi.settings import IngestSettings, Settings, load_settings
from tests.builders import FakeClock, HashEmbedder

pytest_plugins = ["tests.engines.plugin"]

hypothesis.settings.register_profile("kintsugi", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("kintsugi")


class WarmParser(ConfinedParser):
    """The real parser with its real child, which is not ended with each listing: starting it costs most of a run."""

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture(scope="session", autouse=True)
def warm_parser() -> Iterator[None]:
    """One parser for every listing with the limits that the settings have by default."""
    usual = (IngestSettings().parse_seconds, IngestSettings().parse_memory_mb)
    parser = WarmParser(*usual)
    with pytest.MonkeyPatch.context() as patch:
        fetch = import_module("kintsugi.documents.intake.fetch")
        patch.setattr(fetch, "ConfinedParser", lambda *limits: parser if limits == usual else ConfinedParser(*limits))
        yield
    parser.close()


@pytest.fixture(scope="session", autouse=True)
def compiled_templates() -> Iterator[None]:
    """Templates compiled once: Great Expectations would compile all of its own for each page of Data Docs anew."""
    compiling = jinja2.Environment.compile
    known: dict[Hashable, Any] = {}

    def compiled(environment: jinja2.Environment, *what: Any, **how: Any) -> Any:
        key = (type(environment), environment.optimized, *environment.extensions, *what, *how.items())
        if key not in known:
            known[key] = compiling(environment, *what, **how)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", compiled)
        yield


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = load_settings({"KINTSUGI_HOME": str(tmp_path)})
    for folder in (settings.inbox, settings.runbooks, settings.run_path):
        folder.mkdir(parents=True)
    return settings


@pytest.fixture
def platform(settings: Settings, clock: FakeClock) -> Iterator[Platform]:
    """Real SQLite and LanceDB; the embedder is a hashed bag of words, since loading a model takes ten seconds."""
    platform = Platform(settings, clock).using(embedder=HashEmbedder())
    yield platform
    platform.close()
