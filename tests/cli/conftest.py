"""The commands read their settings from the environment: nothing of the caller's own may leak in."""

import os

import pytest


@pytest.fixture(autouse=True)
def no_settings_of_the_caller(monkeypatch):
    for name in os.environ:
        if name.startswith("KINTSUGI_"):
            monkeypatch.delenv(name)
