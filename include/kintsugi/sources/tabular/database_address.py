"""Where a database is: an address for SQLAlchemy from an Airflow connection or from a URL without a password."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kintsugi.errors import ConfigurationError
from kintsugi.sources.credentials import Credentials

if TYPE_CHECKING:
    from sqlalchemy import URL

SCHEME = "sqlalchemy_scheme"
"""The field of a connection's extra that names dialect and driver, as Airflow's own hooks read it."""

_DRIVERS = {
    "postgres": "postgresql+psycopg2",
    "postgresql": "postgresql+psycopg2",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "mssql": "mssql+pymssql",
    "oracle": "oracle+oracledb",
}
"""The drivers that are taken where an address names none; PostgreSQL's is installed with the platform."""

_PASSED_ON = ("sslmode", "sslrootcert", "sslcert", "sslkey", "charset", "ssl_ca", "ssl_cert", "ssl_key", "driver")


def without_password(url: str) -> str:
    """Return a URL that may stand in a file.

    Raises:
        ValueError: it has no scheme, or holds a password; the message doesn't show it.
    """
    try:
        parts = urlsplit(url)
        holds = parts.password is not None or "password=" in parts.query.lower()
    except ValueError:
        holds, parts = True, urlsplit("")
    if holds:
        raise ValueError("url: an address without a password; put that into an Airflow connection")
    if not parts.scheme:
        raise ValueError("url: an address like postgresql://host:5432/database or sqlite:////path/to/file")
    return url


def url_of(source: str, text: str, credentials: Credentials | None) -> "URL":
    """Return the address: the URL's, with the connection's login where both are given; else the connection's.

    Raises:
        ConfigurationError: it can't be read.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    if not text and credentials is not None:
        return _of_connection(credentials)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ConfigurationError(
            f"source {source}: url",
            expected="an address like postgresql://host:5432/database",
            got="one that can't be read",
            next_step="correct the source's entry in sources.yaml",
        ) from None
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if credentials is None:
        return url
    return url.set(username=credentials.login or url.username, password=credentials.password or None)


def shown_url(url: "URL") -> str:
    """Return the address without login and options."""
    from sqlalchemy import URL

    return URL.create(url.get_backend_name(), host=url.host, port=url.port, database=url.database).render_as_string()


def _of_connection(found: Credentials) -> "URL":
    from sqlalchemy import URL

    extra = {name: str(found.extra[name]) for name in _PASSED_ON if found.extra.get(name)}
    scheme = str(found.extra.get(SCHEME) or _DRIVERS.get(found.conn_type, found.conn_type))
    if scheme == "sqlite":
        return URL.create(scheme, database=found.host or f"/{found.schema.lstrip('/')}")
    if found.host.startswith("/"):
        extra["host"] = found.host  # the folder of a socket
    return URL.create(
        scheme,
        username=found.login or None,
        password=found.password or None,
        host=None if "host" in extra else found.host or None,
        port=found.port,
        database=found.schema or None,
        query=extra,
    )
