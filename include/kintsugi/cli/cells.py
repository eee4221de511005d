"""`kintsugi sources cells`: which cells of a table contradict the rest of it, as the source has it now."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from kintsugi.cli.quoted import printable

if TYPE_CHECKING:
    from kintsugi.contracts.wrong_cells import Found, GivesNamedRows, Look
    from kintsugi.platform import Platform


_EXAMPLES = {"hour": "2026-11-24T19", "day": "2026-11-24"}


def cells(
    name: Annotated[str, typer.Argument(help="A source of rows.")],
    partition: Annotated[str, typer.Option("--partition", help="An hour or a day; the newest committed one.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="The surest so many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Read a table's rows and show cells that contradict the others. Nothing is taken in, and nothing is refused."""
    from kintsugi.contracts.wrong_cells import SURE, look
    from kintsugi.platform import open_platform

    with closing(open_platform()) as platform:
        key = partition or _newest(platform, name)
        with _opened(platform, name) as source:
            seen = look(source, key)
    surest = sorted(seen.found, key=lambda each: -each.cell.confidence)[:limit]
    refusing = len({each.item for each in seen.found if each.cell.confidence >= SURE})
    console = Console()
    if as_json:
        counts = {"source": name, "partition": key, "rows": seen.rows, "cells": len(seen.found)}
        facts = {**counts, "quarantine_would_refuse": refusing, "surest": [_plain(each) for each in surest]}
        console.file.write(json.dumps(facts, ensure_ascii=False) + "\n")
        return
    for each in surest:
        console.print(_line(each))
    console.print(Text(_said(name, key, seen, refusing)))


@contextmanager
def _opened(platform: "Platform", name: str) -> Iterator["GivesNamedRows"]:
    from kintsugi.contracts.wrong_cells import GivesNamedRows
    from kintsugi.errors import ConfigurationError
    from kintsugi.sources.registry import config_of, open_source

    source = open_source(platform, name)
    try:
        if not isinstance(source, GivesNamedRows):
            raise ConfigurationError(
                f"source {name}: brings no rows of a table",
                expected="a source of kind tables or mongo",
                got=f"kind {config_of(platform.settings, name).kind}",
                next_step="`kintsugi sources` lists the sources with their kinds",
            )
        yield source
    finally:
        close = getattr(source, "close", None)
        if close is not None:
            close()


def _newest(platform: "Platform", name: str) -> str:
    """Return the partition to look at where none is named."""
    from kintsugi.errors import ConfigurationError
    from kintsugi.records import Partition
    from kintsugi.sources.partitions import WHOLE
    from kintsugi.sources.registry import config_of

    config = config_of(platform.settings, name)
    if config.partition == "all":
        return WHOLE
    committed = platform.records.latest(Partition, "changed_at", {"source": name, "state": "committed"})
    if not committed:
        raise ConfigurationError(
            f"source {name}: no {config.partition} of it is committed yet",
            expected="one to look at",
            next_step=f"name one: --partition {_EXAMPLES[config.partition]}",
        )
    return max(each.key for each in committed)


def _said(name: str, partition: str, seen: "Look", refusing: int) -> str:
    of = name if partition == "all" else f"{name}, {partition}"
    from kintsugi.contracts.wrong_cells import FEWEST

    if seen.habits is None:
        return f"{of}: {seen.rows} rows are too few to know what is usual; {FEWEST} or more are looked at."
    if not seen.found:
        return f"{of}: no cell of {seen.rows} rows contradicts the others."
    return (
        f"{of}: {len(seen.found)} cells of {seen.rows} rows contradict the others; "
        f"`wrong_cells: quarantine` would refuse {refusing} rows."
    )


def _line(found: "Found") -> Text:
    from kintsugi.contracts.wrong_cells import masked

    cell = masked(found.cell)
    text = Text(printable(f"{found.item}  "), style="bold").append(printable(f"{cell.column}  "), style="red")
    text.append(printable(repr(cell.value)))
    if cell.suggestion is not None:
        text.append(" → ").append(printable(repr(cell.suggestion)), style="green")
    return text.append(f"  {cell.confidence:.2f}  {printable(cell.reason)}", style="dim")


def _plain(found: "Found") -> dict[str, object]:
    from kintsugi.contracts.wrong_cells import masked

    return {"item": found.item, **{name: each for name, each in asdict(masked(found.cell)).items() if name != "row"}}
