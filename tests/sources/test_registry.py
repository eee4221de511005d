"""Sources by name."""

import json

import pytest

from kintsugi.errors import ConfigurationError
from kintsugi.sources.registry import open_source, source_names


def test_every_known_name_opens(platform):
    secrets = {"api_url": "http://127.0.0.1:9", "admin_user": "admin", "admin_password": "x"}
    platform.settings.secrets_path.write_text(json.dumps(secrets))
    assert [open_source(platform, name).name for name in source_names(platform.settings)] == list(
        source_names(platform.settings)
    )


def test_an_unknown_name_lists_the_known_ones(platform):
    with pytest.raises(ConfigurationError, match=r"unknown source 'inbx'; expected one of airflow, runbooks, inbox"):
        open_source(platform, "inbx")


def test_airflow_without_credentials_says_what_to_run(platform):
    with pytest.raises(ConfigurationError, match="next: run `kintsugi up`"):
        open_source(platform, "airflow")
