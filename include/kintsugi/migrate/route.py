"""From where to where: decided from the settings and from what the platform's folder belongs to."""

from dataclasses import dataclass
from typing import Literal

from kintsugi.errors import ConfigurationError
from kintsugi.settings import MongoSettings, OpenSearchSettings, Settings
from kintsugi.stores.advice import commands_for, moving
from kintsugi.stores.binding import EMBEDDED, note_path
from kintsugi.stores.place import Place, place_of, shown

Role = Literal["records", "index"]
ROLES: tuple[Role, ...] = ("records", "index")
Goal = Literal["engines", "embedded"]


@dataclass(frozen=True)
class Route:
    """What is moved, from the engines of ``source`` to those of ``target``; the other roles are the same in both."""

    source: Settings
    target: Settings
    moves: tuple[Role, ...]


def route(settings: Settings, goal: Goal, bound: Place | None, only: Role | None = None) -> Route:
    """Decide what to move.

    Args:
        settings: they name the engines elsewhere, whichever the direction is.
        goal: ``engines`` moves to what the settings name, ``embedded`` moves from there to the engines below ``var``.
        bound: what the platform's folder belongs to; ``None`` while nothing has been written.
        only: leaves the other role where it is.

    Raises:
        ConfigurationError: there is nothing to move, or the records are at a third place.
    """
    wanted = place_of(settings)
    if wanted == EMBEDDED:
        raise ConfigurationError(
            "migrate: the settings name no engine elsewhere",
            expected="mongo.uri or opensearch.url, for the way back too",
            got="neither of them",
            next_step="set KINTSUGI_MONGO__URI, KINTSUGI_OPENSEARCH__URL and their logins, or write them into "
            "kintsugi.toml",
        )
    roles = (only,) if only else ROLES
    if goal == "engines":
        start = bound or EMBEDDED
        moves = tuple(role for role in roles if getattr(wanted, role) and not getattr(start, role))
        end = Place(**{role: getattr(wanted if role in moves else start, role) for role in ROLES})
    else:
        start = bound or wanted
        moves = tuple(role for role in roles if getattr(start, role))
        end = Place(**{role: "" if role in moves else getattr(start, role) for role in ROLES})
    if not moves:
        raise _nothing_to_move(settings, goal, start)
    for role in ROLES:
        named = {getattr(wanted, role), ""}
        if getattr(start, role) not in named:
            raise _elsewhere(settings, role, start, wanted)
    return Route(settings_at(settings, start), settings_at(settings, end), moves)


def settings_at(settings: Settings, place: Place) -> Settings:
    """Return the settings with the embedded engine wherever the place says so."""
    embedded: dict[str, object] = {}
    if not place.records:
        embedded["mongo"] = MongoSettings()
    if not place.index:
        embedded["opensearch"] = OpenSearchSettings()
    return settings.model_copy(update=embedded)


def _nothing_to_move(settings: Settings, goal: Goal, start: Place) -> ConfigurationError:
    here = shown(settings, start)
    return ConfigurationError(
        "migrate: there is nothing to move",
        expected=f"an engine of this platform that is not among the {goal} already",
        got=f"records in {here.records}, index in {here.index}",
        next_step="`kintsugi doctor` shows the engines; `--to embedded` moves back"
        if goal == "engines"
        else "remove mongo.uri and opensearch.url from the settings, to work on the embedded engines",
    )


def _elsewhere(settings: Settings, role: Role, start: Place, wanted: Place) -> ConfigurationError:
    return ConfigurationError(
        f"migrate: this platform's {role} are at a third place" if role == "records" else "migrate: a third place",
        expected=f"{getattr(shown(settings, wanted), role)}, as the settings say, or the embedded engine",
        got=f"{getattr(shown(settings, start), role)}, as {note_path(settings)} says",
        next_step=f"{commands_for(start, (role,))}; then {moving(start, wanted, (role,))}",
    )
