import stat

import pytest

from kintsugi.errors import ConfigurationError
from kintsugi.laptop.account import known_secrets
from kintsugi.laptop.secrets import api_url, ensure_secrets, load_secrets, make_secrets, remember_api_url


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_readable_by_their_owner_only(settings):
    ensure_secrets(settings)
    assert mode(settings.secrets_path) == 0o600


def test_a_file_that_others_may_read_is_closed_to_them(settings):
    ensure_secrets(settings)
    settings.secrets_path.chmod(0o644)
    ensure_secrets(settings)
    assert mode(settings.secrets_path) == 0o600


def test_a_second_start_keeps_the_secrets(settings):
    first = ensure_secrets(settings)
    assert ensure_secrets(settings) == first
    assert load_secrets(settings) == first


def test_the_secret_that_signs_tokens_is_long_enough_and_never_the_same():
    first, second = make_secrets(), make_secrets()
    assert len(first.jwt_secret.encode()) >= 64
    assert first.jwt_secret != second.jwt_secret
    assert first.admin_password != second.admin_password


def test_the_url_is_remembered_and_changes_no_secret(settings):
    before = ensure_secrets(settings)
    after = remember_api_url(settings, "http://127.0.0.1:8081")
    assert api_url(settings) == "http://127.0.0.1:8081"
    assert after.jwt_secret == before.jwt_secret
    assert mode(settings.secrets_path) == 0o600


@pytest.mark.parametrize("content", ["", "{", "[]", '{"admin_user": "x"}', '{"surprise": 1}'])
def test_a_damaged_file_is_an_error_and_is_not_replaced(settings, content):
    settings.secrets_path.write_text(content)
    with pytest.raises(ConfigurationError, match="damaged"):
        ensure_secrets(settings)
    assert settings.secrets_path.read_text() == content


def test_before_the_first_start_there_is_no_account_and_the_error_says_what_to_do(settings):
    assert api_url(settings) == ""
    with pytest.raises(ConfigurationError, match="kintsugi up"):
        known_secrets(settings)
