"""Which engines Airflow's processes work on: connections where they are defined, else the settings."""

from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from kintsugi.errors import AGAIN, ConfigurationError, StoreUnavailable
from kintsugi.platform import Platform
from kintsugi.settings import MongoSettings, OpenSearchSettings, Settings, load_settings
from kintsugi.stores.advice import settings_for
from kintsugi.stores.binding import EMBEDDED, hold_to_place, noted
from kintsugi.stores.connections import MONGO, OPENSEARCH, ROLES, ConnectionAddress, of_fields
from kintsugi.stores.opening import opensearch_index
from kintsugi.stores.place import place_of

if TYPE_CHECKING:
    from airflow.sdk import Connection
    from opensearchpy import OpenSearch
    from pymongo import MongoClient


def open_platform(settings: Settings | None = None) -> Platform:
    """Return the platform that Airflow's connections and the environment describe; it connects when first used.

    Looks each of the two connections up once. One that is defined wins over the settings, login and all; where settings
    name another place, neither is believed.

    Raises:
        ConfigurationError: connection, settings and what the platform's folder belongs to don't name the same place.
        StoreUnavailable: the folder belongs to engines that only a connection can name, and Airflow found none.
    """
    configured = settings or load_settings()
    mongo, opensearch = connection(MONGO), connection(OPENSEARCH)
    settings = with_connections(configured, mongo, opensearch)
    _require_connections(settings)
    platform = Platform(settings)
    if mongo is not None:
        from kintsugi.stores.mongo import MongoRecords

        records = MongoRecords(partial(mongo_client, settings.mongo), settings.mongo.database)
        platform = platform.using(records=records)
    if opensearch is not None:
        truth = platform.records
        index = opensearch_index(settings.opensearch, partial(opensearch_client, settings.opensearch), lambda: truth)
        platform = platform.using(index=index)
    hold_to_place(settings, platform.look)
    return platform


def connection(name: str) -> "Connection | None":
    """Return the connection of this name; ``None`` when it isn't defined, or when Airflow can't be asked."""
    try:
        return BaseHook.get_connection(name)
    except AirflowNotFoundException:
        return None


def with_connections(settings: Settings, mongo: "Connection | None", opensearch: "Connection | None") -> Settings:
    """Return the settings with the places that connections name.

    Raises:
        ConfigurationError: a connection is incomplete, or the settings name another place than it does.
    """
    named: dict[str, Any] = {}
    if mongo is not None:
        address = _address(MONGO, mongo)
        _require_same(address, settings, configured=bool(settings.mongo.uri))
        database = address.schema or settings.mongo.database
        named["mongo"] = settings.mongo.model_copy(update={"uri": address.url, "database": database})
    if opensearch is not None:
        address = _address(OPENSEARCH, opensearch)
        _require_same(address, settings, configured=bool(settings.opensearch.url))
        named["opensearch"] = settings.opensearch.model_copy(update={"url": address.url})
    return settings.model_copy(update=named)


def mongo_client(settings: MongoSettings) -> "MongoClient[dict[str, Any]]":
    """Return the client that Airflow's hook builds; the connection's extra wins.

    Args:
        settings: time-out (the driver's own is half a minute) and authority, for what the extra doesn't say.
    """
    from airflow.providers.mongo.hooks.mongo import MongoHook

    hook = MongoHook(mongo_conn_id=MONGO)
    for option in ("serverSelectionTimeoutMS", "connectTimeoutMS", "timeoutMS"):
        hook.extras.setdefault(option, round(settings.timeout * 1000))
    said = {option.lower(): str(value).lower() for option, value in hook.extras.items()}
    is_secure = "false" not in (said.get("tls"), said.get("ssl"))
    if settings.ca_file is not None and is_secure and "tlscafile" not in said:
        hook.extras |= {"tls": True, "tlsCAFile": str(settings.ca_file)}
    return hook.get_conn()


def opensearch_client(settings: OpenSearchSettings) -> "OpenSearch":
    """Return the client that Airflow's hook builds; certificates are verified unless the extra says otherwise.

    Args:
        settings: time-out and authority, for what the extra doesn't say.
    """
    from airflow.providers.opensearch.hooks.opensearch import OpenSearchHook
    from opensearchpy import RequestsHttpConnection

    authority = {} if settings.ca_file is None else {"ca_certs": str(settings.ca_file)}
    hook = OpenSearchHook(
        open_search_conn_id=OPENSEARCH,
        log_query=False,
        open_search_conn_class=partial(RequestsHttpConnection, **authority),
    )
    extra = hook.conn.extra_dejson
    if "timeout" not in extra:
        hook.timeout = settings.timeout
    if "verify_certs" not in extra:
        hook.verify_certs = hook.use_ssl or hook.scheme == "https"
    return hook.client


def _address(name: str, found: "Connection") -> ConnectionAddress:
    fields = {"host": found.host, "port": found.port, "schema": found.schema, "extra": found.extra_dejson}
    return of_fields(name, fields)


def _require_same(address: ConnectionAddress, settings: Settings, *, configured: bool) -> None:
    role = ROLES[address.name]
    named, here = getattr(address.place(settings), role), getattr(place_of(settings), role)
    if configured and named != here:
        raise ConfigurationError(
            f"connection {address.name}: names another place than the settings",
            expected=here,
            got=named,
            next_step="correct the one that is wrong, or remove it: one of the two is enough inside Airflow, "
            "and the command line needs the settings",
        )


def _require_connections(settings: Settings) -> None:
    """Refuse to fall back to embedded engines: Airflow can't tell a missing connection from one it couldn't look up."""
    note, wanted = noted(settings) or EMBEDDED, place_of(settings)
    names = {role: name for name, role in ROLES.items()}
    lacking = [role for role in names if getattr(note, role) and not getattr(wanted, role)]
    if lacking:
        raise StoreUnavailable(
            f"engines: no connection {' or '.join(names[role] for role in lacking)} was found",
            expected=", ".join(f"{role} in {getattr(note, role)}" for role in lacking),
            got="none, from Airflow and from the settings",
            next_step=f"{AGAIN}; if it lasts, define the connection, or set {settings_for(note, lacking)}",
        )
