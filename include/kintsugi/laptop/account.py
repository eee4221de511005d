"""The platform's own account at its Airflow."""

from kintsugi.airflow_rest import AirflowClient
from kintsugi.errors import ConfigurationError
from kintsugi.laptop.secrets import Secrets, load_secrets
from kintsugi.settings import Settings


def known_secrets(settings: Settings) -> Secrets:
    """Return the secrets of a platform that was started before.

    Raises:
        ConfigurationError: it never was, or the file is damaged.
    """
    secrets = load_secrets(settings)
    if secrets is None or not secrets.api_url:
        raise ConfigurationError(
            f"secrets file {settings.secrets_path}: absent",
            expected="what the first start of the platform writes",
            next_step="run `kintsugi up`",
        )
    return secrets


def own_client(settings: Settings) -> AirflowClient:
    """Return a client of the laptop's own Airflow, as its admin."""
    secrets = known_secrets(settings)
    return AirflowClient(secrets.api_url, secrets.admin_user, secrets.admin_password)
