"""Checks of the two engines, and of whether everybody means the same ones."""

from collections.abc import Iterable

from kintsugi.errors import ConfigurationError, KintsugiError
from kintsugi.laptop.checks import Check
from kintsugi.observe.engines import Engine, engines
from kintsugi.platform import Platform
from kintsugi.settings import Settings
from kintsugi.stores.advice import settings_for
from kintsugi.stores.binding import bound_to, disagreement, noted
from kintsugi.stores.connections import ROLES, ConnectionAddress
from kintsugi.stores.place import Place, in_the_clear, place_of, shown


def asked_engines(settings: Settings) -> tuple[Engine, Engine]:
    """Ask both engines that the settings name."""
    platform = Platform(settings)
    try:
        return engines(platform)
    finally:
        platform.close()


def checks_of_the_engines(settings: Settings, asked: Iterable[Engine]) -> list[Check]:
    """Check that both engines answer, and that the settings name those that hold this platform's records."""
    return [*(check_engine(each) for each in asked), check_place(settings), *check_login(settings)]


def check_engine(engine: Engine) -> Check:
    """Check that the engine answered."""
    name = f"{engine.role} engine"
    if engine.error:
        return Check(name, "fail", engine.error, engine.next_step)
    return Check(name, "ok", f"{engine.engine} {engine.version}, {engine.where}".replace(" ,", ","))


def check_place(settings: Settings) -> Check:
    """Check that the settings name the engines that this platform's folder belongs to; changes nothing."""
    wanted = place_of(settings)
    try:
        bound = noted(settings) if wanted == Place() else bound_to(settings)
    except KintsugiError as error:
        return Check("place", "fail", f"{error.what}: {error.got}", error.next_step)
    if bound is not None and bound != wanted:
        told = disagreement(settings, bound, wanted)
        return Check("place", "fail", f"{told.what}; expected {told.expected}; got {told.got}", told.next_step)
    return Check("place", "ok", "the settings name the engines that hold this platform's records")


def check_login(settings: Settings) -> list[Check]:
    """Warn of a login that anybody on the way to the server can read; nothing where there is none."""
    opensearch = settings.opensearch
    exposed = in_the_clear(opensearch.url) if opensearch.url and opensearch.username else []
    if not exposed:
        return []
    said = f"opensearch.username and its password go unencrypted to {', '.join(exposed)}"
    return [Check("login", "warn", said, "switch TLS on at the server, and begin opensearch.url with https://")]


def require_engines(settings: Settings) -> None:
    """Refuse to start on engines elsewhere that don't answer; embedded ones need no look.

    Raises:
        ConfigurationError: names the engine, what it answered, and the next step.
    """
    place = place_of(settings)
    for engine in asked_engines(settings) if place != Place() else ():
        if engine.error:
            raise ConfigurationError(
                f"{engine.role} engine: can't be used",
                expected=f"an answer from {engine.where}",
                got=engine.error,
                next_step=engine.next_step or "`kintsugi doctor` shows more",
            )


def require_same_connections(settings: Settings, connections: Iterable[ConnectionAddress]) -> None:
    """Refuse Airflow connections that name other engines than the settings: tasks and commands would part.

    Raises:
        ConfigurationError: says which settings name the same place.
    """
    here = place_of(settings)
    for connection in connections:
        role, place = ROLES[connection.name], connection.place(settings)
        if getattr(place, role) != getattr(here, role):
            raise ConfigurationError(
                f"connection {connection.name}: names another place than the settings",
                expected=f"{role} in {getattr(shown(settings, here), role)}, as the settings say",
                got=getattr(place, role),
                next_step=f"set {settings_for(place, (role,))} too, so that commands work on the same, or remove it",
            )
