"""What the image brings and the stack's files, for the tests of both."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from scripts import compose_check

DOCKER = Path(__file__).parents[2] / "docker"


def image_script(name: str) -> ModuleType:
    """Load a script of docker/image, which is no package."""
    path = DOCKER / "image" / name
    spec = importlib.util.spec_from_file_location(f"image_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def compose() -> dict:
    return yaml.safe_load((DOCKER / "compose.yaml").read_text())


@pytest.fixture(scope="session")
def options() -> dict[str, bool]:
    """The options of the installed Airflow."""
    return compose_check.airflow_options()
