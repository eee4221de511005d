"""Fixtures that every test may use: a clock that stands still and a platform on a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from kintsugi.platform import Platform
from kintsugi.settings import Settings, load_settings
from tests.builders import FakeClock, HashEmbedder

pytest_plugins = ["tests.engines.plugin"]

hypothesis.settings.register_profile("kintsugi", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("kintsugi")


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
