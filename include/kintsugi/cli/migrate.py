"""`kintsugi migrate`: the platform on other engines, with everything that it knows."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kintsugi.cli.tables import folding, wide_console

if TYPE_CHECKING:
    from kintsugi.migrate.copying import Progress
    from kintsugi.migrate.migration import Migrated
    from kintsugi.migrate.route import Route


class Goal(StrEnum):
    """Where to move to."""

    ENGINES = "engines"
    EMBEDDED = "embedded"


class Only(StrEnum):
    """The one thing to move."""

    RECORDS = "records"
    INDEX = "index"


def migrate(
    to: Annotated[Goal, typer.Option(help="The engines that the settings name, or the embedded ones.")] = Goal.ENGINES,
    only: Annotated[Only | None, typer.Option(help="Leave the other one where it is.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Move records and index between the embedded engines and those that the settings name; nothing is embedded again.

    The platform has to be stopped. Everything is compared before the platform is switched over; killed anywhere, the
    same command goes on where it was. What was moved stays at the old place, as a copy that nobody writes to.
    """
    from kintsugi.migrate.run import run_migration
    from kintsugi.settings import load_settings

    settings = load_settings()
    with bars(Console(stderr=True)) as on_progress:
        route, migrated = run_migration(settings, to.value, only=only.value if only else None, on_progress=on_progress)
    console = wide_console()
    if as_json:
        console.file.write(json.dumps(facts(route, migrated), ensure_ascii=False) + "\n")
        return
    for said in page(route, migrated):
        console.print(said)


def facts(route: "Route", migrated: "Migrated") -> dict[str, Any]:
    """Return what was moved as plain JSON types."""
    from kintsugi.stores.place import place_of, shown

    return {
        "source": asdict(shown(route.source, place_of(route.source))),
        "target": asdict(shown(route.target, place_of(route.target))),
        "moved": list(route.moves),
        **migrated.to_dict(),
        "settings": next_settings(route),
    }


def page(route: "Route", migrated: "Migrated") -> list[Text | Table]:
    """Return what was moved, for a person."""
    from kintsugi.stores.place import place_of, shown

    source, target = (shown(each, place_of(each)) for each in (route.source, route.target))
    said: list[Text | Table] = []
    for role in route.moves:
        said.append(Text(f"{role}: {getattr(source, role)} → {getattr(target, role)}", style="bold"))
    if migrated.collections:
        table = Table(*folding("collection", "records", "written now", "SHA-256"), box=None)
        for each in migrated.collections:
            table.add_row(each.collection, str(each.records), str(each.written), each.sha256[:16])
        said.append(table)
    if migrated.generations:
        columns = folding("generation", "state", "entries", "written now", "refused", "waiting", "compared")
        table = Table(*columns, box=None)
        for moved in migrated.generations:
            compared = "equal dumps" if moved.equal_to_source else "digests"
            counts = (moved.entries, moved.written, moved.refused, moved.waiting)
            table.add_row(moved.generation, moved.state, *map(str, counts), compared)
        said.append(table)
    said.append(Text(f"Moved and compared in {migrated.seconds:g} s; {migrated.embedded} texts embedded."))
    said.append(Text("Next: ", style="bold").append(next_settings(route), style="default"))
    return said


def next_settings(route: "Route") -> str:
    """Return what to set from now on."""
    from kintsugi.stores.advice import settings_for
    from kintsugi.stores.place import place_of

    place = place_of(route.target)
    connections = {"kintsugi_mongo": place.records, "kintsugi_opensearch": place.index}
    gone = [name for name, used in connections.items() if not used]
    also = f", and let Airflow have no connection {' or '.join(gone)}" if gone else ""
    logins = " (and the logins)" if any(getattr(place, role) for role in route.moves) else ""
    said = f"{settings_for(place, route.moves)}{logins}"
    return f"keep {said} in the settings of every process{also}; then `kintsugi up`."


@contextmanager
def bars(console: Console) -> "Iterator[Progress]":
    """Give a function to report progress with: a bar for each thing on a terminal, a line for each elsewhere."""
    if not console.is_terminal:
        with lines(console) as on_progress:
            yield on_progress
        return
    from rich import progress

    columns = (progress.TextColumn("{task.description}"), progress.BarColumn(), progress.MofNCompleteColumn())
    shown: dict[str, progress.TaskID] = {}
    with progress.Progress(*columns, console=console, transient=True) as all_bars:

        def show(what: str, done: int, total: int) -> None:
            if what not in shown:
                shown[what] = all_bars.add_task(what, total=total)
            all_bars.update(shown[what], completed=done, total=total)

        yield show


@contextmanager
def lines(console: Console) -> "Iterator[Progress]":
    """Give a function to report progress with that writes a line when a thing is done, and the next begins."""
    last: dict[str, int] = {}

    def note(what: str, done: int, _: int) -> None:
        if what not in last:
            say()
        last[what] = done

    def say() -> None:
        while last:
            what, done = last.popitem()
            console.print(f"{what}: {done} done", markup=False, highlight=False, soft_wrap=True)

    yield note
    say()
