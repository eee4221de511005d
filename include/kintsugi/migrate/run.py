"""`kintsugi migrate` as a sequence that may be killed anywhere: mark → hold → move and compare → switch → forget."""

import json
import sqlite3
import time
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kintsugi.errors import ConfigurationError, TerminalError
from kintsugi.laptop.atomic import write_json
from kintsugi.laptop.lock import SupervisorLock
from kintsugi.migrate.copying import Progress
from kintsugi.migrate.holding import hold, let_go
from kintsugi.migrate.migration import Migrated, migrate, require_no_writer, require_own_target
from kintsugi.migrate.route import ROLES, Goal, Role, Route, route, settings_at
from kintsugi.platform import Platform
from kintsugi.records import RunRef
from kintsugi.settings import Settings
from kintsugi.stores.binding import bind, bound_to
from kintsugi.stores.place import Place, place_of


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
            _finish_switched(settings, bound)
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
    if mark and {end: mark.get(end) for end in ours} != ours:
        raise ConfigurationError(
            "migrate: another migration isn't finished",
            expected=f"the way {_words(ours)}",
            got=f"{_words(mark)}, in {mark_path(settings)}",
            next_step="finish it with its own settings, or remove that file to forget it",
        )
    source = Platform(taken.source)
    target = Platform(taken.target).using(**{role: getattr(source, role) for role in ROLES if role not in taken.moves})
    try:
        if not mark:
            require_no_writer(source)
            set_aside(taken)
            target.records.now(), target.index.names()  # both answer, so there is something to note
            mark = {**ours, "migration": uuid.uuid4().hex[:12], "is_ours": False}
            write_json(mark_path(settings), mark)
        return _held(settings, source, target, mark, on_progress)
    finally:
        target.close()
        source.close()


def _held(
    settings: Settings, source: Platform, target: Platform, mark: dict[str, Any], on_progress: Progress
) -> Migrated:
    """Move while nobody else can open the records at either end.

    The source is let go only when it stays the platform's: what was moved away must not be written to any more.
    """
    migration = mark["migration"]
    records_stay = source.records is target.records
    is_switched = False
    hold(source.records, migration)
    try:
        hold(target.records, migration)
        require_no_writer(source)
        if mark["is_ours"]:
            require_no_writer(target)
        else:
            _take(settings, source, target, mark)
        migrated = migrate(source, target, RunRef(dag="cli", run_id=f"migrate-{migration}"), on_progress)
        bind(settings, place_of(target.settings))
        is_switched = True
        let_go(target.records, migration)
        mark_path(settings).unlink()
        return migrated
    finally:
        if records_stay or not is_switched:
            let_go(source.records, migration)


def _take(settings: Settings, source: Platform, target: Platform, mark: dict[str, Any]) -> None:
    """Note that what the target holds is ours from now on, or forget a migration that has no place there."""
    try:
        require_own_target(source, target)
    except TerminalError:
        let_go(target.records, mark["migration"])
        mark_path(settings).unlink()
        raise
    write_json(mark_path(settings), {**mark, "is_ours": True})


def _finish_switched(settings: Settings, bound: Place) -> None:
    """Complete a migration that was killed after it had switched."""
    migration = _mark(settings).get("migration")
    there = settings_at(settings, bound)
    if migration and place_of(there) == bound:
        platform = Platform(there)
        try:
            let_go(platform.records, migration)
        finally:
            platform.close()
    mark_path(settings).unlink()


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


def _mark(settings: Settings) -> dict[str, Any]:
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


def _words(way: dict[str, Any]) -> str:
    places = (" + ".join(each or "embedded" for each in way.get(end, {}).values()) for end in ("source", "target"))
    return " → ".join(places)
