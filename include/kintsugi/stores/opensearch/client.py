"""From settings to a client. Nothing is sent yet."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kintsugi.errors import ConfigurationError
from kintsugi.settings import OpenSearchSettings
from kintsugi.stores.login import password_of, present
from kintsugi.stores.place import LOOPBACK, OPENSEARCH_PORTS

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

CONNECTIONS = 8


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
            options["ca_certs"] = str(present("opensearch.ca_file", settings.ca_file))
    if settings.username:
        options["http_auth"] = (settings.username, password_of("opensearch", settings))
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
