"""Two truths are impossible: a platform's folder belongs to one pair of engines, until `kintsugi migrate` moves them.

Settings differ between shells, services and connections more easily than one thinks. Whoever first gets an answer from
engines elsewhere notes them in ``var/engines.json``; everybody after that has to agree. Embedded engines need no note:
records in ``var/records.sqlite`` speak for themselves.
"""

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from kintsugi.errors import ConfigurationError
from kintsugi.records import RECORDS
from kintsugi.stores.advice import commands_for, moving, said_of_mixed
from kintsugi.stores.place import Place, place_of, shown

if TYPE_CHECKING:
    from kintsugi.settings import Settings

EMBEDDED = Place()


def note_path(settings: "Settings") -> Path:
    """Where the note lies."""
    return settings.var / "engines.json"


def noted(settings: "Settings") -> Place | None:
    """Return what the note says; ``None`` where there is none.

    Raises:
        ConfigurationError: the note can't be read or understood.
    """
    path = note_path(settings)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Place(str(content["records"]), str(content["index"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"note {path}: can't be understood",
            expected="the engines that this platform works on, as an earlier start wrote them",
            got=f"{type(error).__name__}: {error}",
            next_step="remove it, if the settings name the right engines",
        ) from error


def bound_to(settings: "Settings") -> Place | None:
    """Return the engines that this folder belongs to; ``None`` while nothing has been written anywhere."""
    return noted(settings) or (EMBEDDED if embedded_has_records(settings) else None)


def hold_to_place(settings: "Settings", look: Callable[[], object] | None = None) -> None:
    """Refuse settings that name other engines than this folder belongs to; note engines elsewhere that are new.

    Costs one look at a small file; the rest is done only when engines elsewhere are opened the first time.

    Args:
        settings: what names the engines.
        look: called before engines are noted, and raises where they don't answer: a mistyped address binds nobody.

    Raises:
        ConfigurationError: the settings name another place; says which, and what to set.
    """
    wanted, note = place_of(settings), noted(settings)
    if note is None and wanted != EMBEDDED:
        if embedded_has_records(settings):
            note = EMBEDDED
        else:
            if look is not None:
                look()
            note = _claimed(settings, wanted)
            _warn_of_mixed(settings, note, wanted)
    if note is not None and note != wanted:
        raise disagreement(settings, note, wanted)


def disagreement(settings: "Settings", bound: Place, wanted: Place) -> ConfigurationError:
    """Return what to tell about settings that name another place than the one this folder belongs to."""
    differing = [role for role in ("records", "index") if getattr(bound, role) != getattr(wanted, role)]
    here, there = shown(settings, bound), shown(settings, wanted)
    begins = (
        f"move {settings.records_path} away"
        if bound == EMBEDDED
        else f"remove {note_path(settings)}, where that place is gone for good"
    )
    return ConfigurationError(
        f"engines: this platform's {' and '.join(differing)} {'are' if differing != ['index'] else 'is'} elsewhere",
        expected=", ".join(f"{role} in {getattr(here, role)}" for role in differing),
        got=", ".join(f"settings that name {getattr(there, role)}" for role in differing),
        next_step=f"to go on there: {commands_for(bound, differing)}; to move: {moving(bound, wanted, differing)}; "
        f"to begin anew: {begins}",
    )


def bind(settings: "Settings", place: Place) -> None:
    """Let the folder belong to this place from now on, in one step. `kintsugi migrate` alone calls it, at its end."""
    path = note_path(settings)
    if place == EMBEDDED:
        path.unlink(missing_ok=True)
        return
    written = _written(settings, place)
    written.replace(path)


def embedded_has_records(settings: "Settings") -> bool:
    """Tell whether the embedded store below ``var`` holds any record."""
    if not settings.records_path.exists():
        return False
    from kintsugi.stores.sqlite import SQLiteRecords

    store = SQLiteRecords(settings.records_path, clock=lambda: 0.0)
    try:
        return any(next(store.scan(kind, limit=1), None) is not None for kind in RECORDS)
    finally:
        store.close()


def mixed(settings: "Settings") -> str:
    """Return a line about settings that name an engine elsewhere for one of the two alone; empty otherwise."""
    place = place_of(settings)
    return said_of_mixed(place, shown(settings, place))


def _warn_of_mixed(settings: "Settings", note: Place | None, wanted: Place) -> None:
    if note == wanted and (said := mixed(settings)):
        here = shown(settings, wanted)
        structlog.get_logger().warning("engines.mixed", records=here.records, index=here.index, said=said)


def _claimed(settings: "Settings", place: Place) -> Place | None:
    """Write the first note; of several processes that do so at once, one wins. Return what is noted then."""
    settings.var.mkdir(parents=True, exist_ok=True)
    written = _written(settings, place)
    try:
        os.link(written, note_path(settings))
    except FileExistsError:
        pass
    finally:
        written.unlink()
    return noted(settings)


def _written(settings: "Settings", place: Place) -> Path:
    descriptor, name = tempfile.mkstemp(dir=settings.var, prefix=".engines.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(place), file)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
