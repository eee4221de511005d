"""From settings to a client. Nothing is sent yet."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kintsugi.errors import ConfigurationError
from kintsugi.settings import OpenSearchSettings
from kintsugi.stores.place import OPENSEARCH_PORTS

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

CONNECTIONS = 8
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def connect(settings: OpenSearchSettings) -> "OpenSearch":
    """Return a client for the hosts in ``url``; certificates are always verified.

    Raises:
        ConfigurationError: there is no address, or the password's or the certificate's file can't be used.
    """
    from opensearchpy import OpenSearch

    urls = [url.strip() for url in settings.url.split(",") if url.strip()]
    if not urls:
        raise ConfigurationError(
            "setting opensearch.url", expected="https://host:port", got="nothing", next_step="set it, or use LanceDB"
        )
    secure = all(urlsplit(url).scheme == "https" for url in urls)
    remote = any(urlsplit(url).hostname not in LOOPBACK for url in urls)
    options: dict[str, Any] = {}
    if secure:
        options |= {"use_ssl": True, "verify_certs": True}
        if settings.ca_file is not None:
            _require_file(settings.ca_file.is_file(), "opensearch.ca_file", str(settings.ca_file))
            options["ca_certs"] = str(settings.ca_file)
    if settings.username:
        options["http_auth"] = (settings.username, _password(settings))
    return OpenSearch(
        hosts=[_with_port(url) for url in urls],
        timeout=settings.timeout,
        max_retries=0,
        retry_on_timeout=False,
        retry_on_status=(),
        http_compress=remote,
        pool_maxsize=CONNECTIONS,
        **options,
    )


def _with_port(url: str) -> str:
    """Return the address with its port: the client takes 9200 for what begins with http, a browser 80."""
    parts = urlsplit(url)
    return url if parts.port else f"{parts.scheme}://{parts.netloc}:{OPENSEARCH_PORTS[parts.scheme]}"


def _password(settings: OpenSearchSettings) -> str:
    file = settings.password_file
    if file is None:
        return settings.password.get_secret_value()
    _require_file(file.is_file(), "opensearch.password_file", str(file))
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"setting opensearch.password_file: {file} can't be read",
            got=type(error).__name__,
            next_step="give this user access to it, and keep it UTF-8",
        ) from error


def _require_file(there: bool, setting: str, path: str) -> None:
    if not there:
        raise ConfigurationError(
            f"setting {setting}",
            expected="a file that exists",
            got=path,
            next_step="correct the path or make the file",
        )
