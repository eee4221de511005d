"""`kintsugi migrate` as a sequence that may be killed anywhere: mark → move and compare → switch → forget the mark."""

import json
import sqlite3
import time
import uuid
from dataclasses import asdict
from pathlib import Path

from kintsugi.errors import ConfigurationError, TerminalError
from kintsugi.laptop.atomic import write_json
from kintsugi.laptop.lock import SupervisorLock
from kintsugi.migrate.copying import Progress
from kintsugi.migrate.migration import Migrated, migrate, require_no_writer, require_own_target
from kintsugi.migrate.route import ROLES, Goal, Role, Route, route
from kintsugi.platform import Platform
from kintsugi.records import RunRef
from kintsugi.settings import Settings
from kintsugi.stores.binding import bind, bound_to
from kintsugi.stores.place import place_of


def run_migration(
    settings: Settings, goal: Goal, *, only: Role | None = None, on_progress: Progress = lambda *_: None
) -> tuple[Route, Migrated]:
    """Move this platform's engines and let its folder belong to the new ones from then on.

    Until everything was compared, the platform belongs to the old engines; the move is switched in one step at the end.

    Raises:
        ConfigurationError: there is nothing to move, or another migration isn't finished.
        TerminalError: the platform runs, the target holds something else, or a comparison failed.
        StoreUnavailable: an engine can't be reached.
    """
    settings.run_path.mkdir(parents=True, exist_ok=True)
    lock = SupervisorLock(settings)
    if not lock.acquire():
        raise TerminalError(
            "migrate: the platform runs",
            expected="that nobody writes while records are moved",
            got=f"a supervisor or another migration that holds {settings.run_path / 'supervisor.lock'}",
            next_step="`kintsugi down`, then `kintsugi migrate`, then `kintsugi up`",
        )
    try:
        bound = bound_to(settings)
        if bound is not None and _mark(settings).get("target") == asdict(bound):
            mark_path(settings).unlink()  # the last migration was killed after it had switched
        taken = route(settings, goal, bound, only)
        return taken, _move(settings, taken, on_progress)
    finally:
        lock.release()


def mark_path(settings: Settings) -> Path:
    """Where an unfinished migration is remembered: what the target holds is its own work then."""
    return settings.var / "migration.json"


def _move(settings: Settings, taken: Route, on_progress: Progress) -> Migrated:
    ours = {"source": asdict(place_of(taken.source)), "target": asdict(place_of(taken.target))}
    mark = _mark(settings)
    if mark and mark != ours:
        raise ConfigurationError(
            "migrate: another migration isn't finished",
            expected=f"the way {_words(ours)}",
            got=f"{_words(mark)}, in {mark_path(settings)}",
            next_step="finish it with its own settings, or remove that file to forget it",
        )
    if not mark:
        set_aside(taken)
    source = Platform(taken.source)
    target = Platform(taken.target).using(**{role: getattr(source, role) for role in ROLES if role not in taken.moves})
    try:
        require_no_writer(source)
        if not mark:
            require_own_target(source, target)
            write_json(mark_path(settings), ours)
        run = RunRef(dag="cli", run_id=f"migrate-{uuid.uuid4().hex[:12]}")
        migrated = migrate(source, target, run, on_progress)
        bind(settings, place_of(taken.target))
        mark_path(settings).unlink()
        return migrated
    finally:
        target.close()
        source.close()


def set_aside(taken: Route) -> list[Path]:
    """Move what an earlier life of the platform left in the embedded engines out of the way; return where it lies now.

    Only on the way back: the platform's records are elsewhere then, and what lies below ``var`` is an old copy.
    """
    settings = taken.target
    old = {"records": settings.records_path, "index": settings.index_path}
    place = place_of(settings)
    leftovers = [old[role] for role in taken.moves if not getattr(place, role) and old[role].exists()]
    if not leftovers:
        return []
    if settings.records_path in leftovers:
        connection = sqlite3.connect(settings.records_path)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()  # the last one takes the log with it, so that one file holds everything
    folder = settings.var / "set-aside" / time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    folder.mkdir(parents=True, exist_ok=True)
    return [path.rename(folder / path.name) for path in leftovers]


def _mark(settings: Settings) -> dict[str, dict[str, str]]:
    path = mark_path(settings)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"mark {path}: can't be read",
            expected="what an unfinished migration moves",
            got=f"{type(error).__name__}: {error}",
            next_step="remove it to forget that migration",
        ) from error
    return content if isinstance(content, dict) else {"source": {}, "target": {}}


def _words(way: dict[str, dict[str, str]]) -> str:
    places = (" + ".join(each or "embedded" for each in way.get(end, {}).values()) for end in ("source", "target"))
    return " → ".join(places)
