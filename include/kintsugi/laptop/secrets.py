"""The platform's secrets: made on the first start, kept in one file that only its owner reads."""

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from kintsugi.errors import ConfigurationError
from kintsugi.laptop.atomic import write_json
from kintsugi.settings import Settings

PRIVATE = 0o600

RandomBytes = Callable[[int], bytes]


@dataclass(frozen=True)
class Secrets:
    """What nobody else may know, and where the UI listens.

    Attributes:
        jwt_secret: signs the tokens of users and tasks; equal in all processes, at least 64 bytes.
        fernet_key: encrypts connections and variables in Airflow's database.
        api_secret_key: signs the UI's cookies.
        api_url: e.g. ``http://127.0.0.1:8080``; "" before the first start.
    """

    admin_user: str
    admin_password: str
    jwt_secret: str
    fernet_key: str
    api_secret_key: str
    api_url: str = ""


def make_secrets(random_bytes: RandomBytes = secrets.token_bytes) -> Secrets:
    """Return new secrets."""

    def word(size: int) -> str:
        return base64.urlsafe_b64encode(random_bytes(size)).decode().rstrip("=")

    return Secrets(
        admin_user="admin",
        admin_password=word(18),
        jwt_secret=word(64),
        fernet_key=base64.urlsafe_b64encode(random_bytes(32)).decode(),
        api_secret_key=word(32),
    )


def load_secrets(settings: Settings) -> Secrets | None:
    """Return the secrets, or ``None`` before the first start.

    Raises:
        ConfigurationError: the file can't be read or is not what `make_secrets` made.
    """
    path = settings.secrets_path
    try:
        return Secrets(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(
            f"secrets file {path}: can't be read", got=str(error), next_step="run as the user who started the platform"
        ) from error
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            f"secrets file {path}: damaged",
            expected="a JSON object with " + ", ".join(Secrets.__dataclass_fields__),
            got=str(error),
            next_step=(
                f"restore it, or remove it together with {settings.var / 'postgres'} for a new start: "
                "what Airflow has encrypted with the lost key can't be read again; your data is elsewhere and stays"
            ),
        ) from error


def ensure_secrets(settings: Settings, random_bytes: RandomBytes = secrets.token_bytes) -> Secrets:
    """Return the secrets, making them on the first start; a file that others may read is closed to them."""
    found = load_secrets(settings)
    if found is None:
        found = make_secrets(random_bytes)
        _save(settings.secrets_path, found)
    elif settings.secrets_path.stat().st_mode & 0o077:
        settings.secrets_path.chmod(PRIVATE)
    return found


def remember_api_url(settings: Settings, url: str) -> Secrets:
    """Keep where the UI listens, so that reports and connections name the right port."""
    found = ensure_secrets(settings)
    if found.api_url != url:
        found = replace(found, api_url=url)
        _save(settings.secrets_path, found)
    return found


def api_url(settings: Settings) -> str:
    """Return where the UI listened last, e.g. ``http://127.0.0.1:8080``; "" before the first start."""
    found = load_secrets(settings)
    return found.api_url if found else ""


def _save(path: Path, content: Secrets) -> None:
    write_json(path, asdict(content), mode=PRIVATE)
