"""Settings: what is wrong is named, with the place where it stands."""

from pathlib import Path

import pytest

from kintsugi.errors import ConfigurationError
from kintsugi.settings import load_settings


@pytest.mark.parametrize("key", ["var", "inbox", "runbooks"])
@pytest.mark.parametrize("value", ["3", "true", '["a"]', '""', "{}"])
def test_a_folder_that_is_no_path_is_a_wrong_setting(tmp_path, key, value):
    (tmp_path / "kintsugi.toml").write_text(f"{key} = {value}\n")
    with pytest.raises(ConfigurationError, match=rf"setting '{key}.* in kintsugi.toml|setting '{key}' in the settings"):
        load_settings({"KINTSUGI_HOME": str(tmp_path)})


def test_a_relative_folder_lies_below_the_checkout_and_an_absolute_one_where_it_says(tmp_path):
    (tmp_path / "kintsugi.toml").write_text('var = "data"\nrunbooks = "/srv/runbooks"\n')
    settings = load_settings({"KINTSUGI_HOME": str(tmp_path)})
    assert (settings.var, settings.inbox) == (tmp_path / "data", tmp_path / "data" / "inbox")
    assert settings.runbooks == Path("/srv/runbooks")


def test_a_settings_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "kintsugi.toml").mkdir()
    with pytest.raises(ConfigurationError, match=r"kintsugi\.toml: can't be read"):
        load_settings({"KINTSUGI_HOME": str(tmp_path)})
