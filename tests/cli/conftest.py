"""The commands read their settings from the environment: nothing of the caller's own may leak in, no logging out."""

import os
from collections.abc import Iterator

import pytest
import structlog
from typer.testing import CliRunner

from kintsugi.cli.main import app
from kintsugi.laptop.folders import prepare_folders


@pytest.fixture(autouse=True)
def no_settings_of_the_caller(monkeypatch):
    for name in os.environ:
        if name.startswith("KINTSUGI_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """The command line sends log lines to the standard error of its test, which is closed afterwards."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def run_cli(settings, monkeypatch):
    monkeypatch.setenv("KINTSUGI_HOME", str(settings.home))
    prepare_folders(settings, min_free_mb=0)

    def run(*arguments):
        return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, arguments)

    return run
