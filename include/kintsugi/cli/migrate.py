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
    console = Console()
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
        table = Table("collection", "records", "written now", "SHA-256", box=None)
        for each in migrated.collections:
            table.add_row(each.collection, str(each.records), str(each.written), each.sha256[:16])
        said.append(table)
    if migrated.generations:
        table = Table("generation", "state", "entries", "written now", "refused", "waiting", "compared", box=None)
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
    from kintsugi.stores.binding import settings_for
    from kintsugi.stores.place import place_of

    place = place_of(route.target)
    connections = {"kintsugi_mongo": place.records, "kintsugi_opensearch": place.index}
    gone = [name for name, used in connections.items() if not used]
    also = f", and let Airflow have no connection {' or '.join(gone)}" if gone else ""
    return f"keep {settings_for(place, route.moves)} in the settings of every process{also}; then `kintsugi up`."


@contextmanager
def bars(console: Console) -> "Iterator[Progress]":
    """Give a function to report progress with: a bar for each thing on a terminal, silence elsewhere."""
    from rich import progress

    columns = (progress.TextColumn("{task.description}"), progress.BarColumn(), progress.MofNCompleteColumn())
    shown: dict[str, progress.TaskID] = {}
    with progress.Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as all_bars:

        def on_progress(what: str, done: int, total: int) -> None:
            if what not in shown:
                shown[what] = all_bars.add_task(what, total=total)
            all_bars.update(shown[what], completed=done, total=total)

        yield on_progress
