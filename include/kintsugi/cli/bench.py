"""`kintsugi bench`: figures, not tests; a table for people, one JSON object with ``--json``."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from kintsugi.cli.tables import wide_console

if TYPE_CHECKING:
    from kintsugi.bench.output import Row

bench_app = typer.Typer(no_args_is_help=True, help="Measure the platform through the code that serves users.")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@bench_app.command()
def ingest(
    folder: Annotated[Path, typer.Argument(help="A folder or tar archive of documents; it is copied first.")],
    llamaindex: Annotated[
        Path | None, typer.Option("--llamaindex", help="A Python with LlamaIndex, to compare.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take a folder in cold, unchanged and after one edit, beside the time of the model alone."""
    from kintsugi.bench.ingest import measure
    from kintsugi.settings import load_settings

    _show("ingest", measure(load_settings(), folder, llamaindex), as_json=as_json)


@bench_app.command()
def retrieval(
    folders: Annotated[list[Path], typer.Argument(help="Folders in BEIR's format; files may end in .xz.")],
    as_json: AsJson = False,
) -> None:
    """Measure lexical, dense and hybrid retrieval on judged queries."""
    from kintsugi.bench.retrieval import measure
    from kintsugi.settings import load_settings

    settings = load_settings()
    _show("retrieval", (row for folder in folders for row in measure(settings, folder)), as_json=as_json)


@bench_app.command()
def engines(
    folder: Annotated[Path, typer.Argument(help="A folder of documents with enough text.")],
    chunks: Annotated[int, typer.Option("--chunks", min=100, help="Passages to measure on.")] = 100_000,
    place: Annotated[Path | None, typer.Option("--keep", help="Keep corpus and vectors here for the next run.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure every adapter on real vectors, alone and while ingesting, beside what one would pick instead.

    MongoDB and OpenSearch take part where mongo.uri and opensearch.url are set, in a database and with a prefix of
    their own; LlamaIndex where its packages are installed.
    """
    from tempfile import TemporaryDirectory

    from kintsugi.bench.engines.measure import measure
    from kintsugi.settings import load_settings

    with TemporaryDirectory(prefix="kintsugi-bench-") as temporary:
        _show("engines", measure(load_settings(), folder, place or Path(temporary), chunks), as_json=as_json)


@bench_app.command()
def gate(
    folders: Annotated[list[Path], typer.Argument(help="Folders in BEIR's format; only their documents are used.")],
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=1000, help="Builds of each case.")] = 20,
    hashed: Annotated[bool, typer.Option("--hashed", help="Hashed words in place of the model.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build new generations, identical and damaged, and count what the golden gate says of them."""
    from kintsugi.bench.gate import measure
    from kintsugi.settings import load_settings

    settings = load_settings()
    measuring = (row for folder in folders for row in measure(settings, folder, seeds, hashed=hashed))
    _show("gate", measuring, as_json=as_json)


@bench_app.command()
def reconcile(
    records: Annotated[int, typer.Option("--records", min=100, help="Chunks on each side.")] = 1_000_000,
    drifted: Annotated[int, typer.Option("--drifted", min=1, max=4096, help="How many of them differ.")] = 10,
    engines: Annotated[str, typer.Option("--engines", help="embedded, or real: those of the settings.")] = "embedded",
    as_json: AsJson = False,
) -> None:
    """Let a few of very many chunks drift, reconcile twice, and scan everything for comparison."""
    from kintsugi.bench.reconcile import measure
    from kintsugi.settings import load_settings

    measuring = measure(load_settings(), records=records, drifted=drifted, engines=engines, say=_say)
    _show("reconcile", measuring, as_json=as_json)


@bench_app.command()
def logs(
    folder: Annotated[Path, typer.Argument(help="A folder of labelled logs: CSV with Content and EventId.")],
    as_json: AsJson = False,
) -> None:
    """Measure whether the templates of logs group their lines as people did."""
    from kintsugi.bench.logs import measure

    _show("logs", measure(folder), as_json=as_json)


@bench_app.command()
def tables(
    folders: Annotated[list[Path], typer.Argument(help="Folders with dirty.csv and clean.csv.")],
    as_json: AsJson = False,
) -> None:
    """Find wrong cells of tables without labels, and count how many were."""
    from kintsugi.bench.tables import measure

    _show("tables", measure(folders), as_json=as_json)


@bench_app.command()
def refine(
    train: Annotated[list[Path], typer.Argument(help="Runs of agents as JSON lines; files may end in .xz.")],
    test: Annotated[
        list[Path] | None, typer.Option("--test", help="Runs of other groups; else each group is left out once.")
    ] = None,
    group_by: Annotated[
        str, typer.Option("--group-by", help="What is never on both sides: group, task or file.")
    ] = "group",
    parts: Annotated[
        list[str] | None, typer.Option("--part", help="speed, outcome, advice, stream, permuted, failures; else all.")
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How often outcomes are shuffled.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Measure what patterns are worth: predict outcomes, weigh advice, learn from a stream, shuffle the outcomes."""
    from kintsugi.bench.refine.measure import PARTS, measure

    measuring = measure(train, test or (), group_by=group_by, parts=parts or PARTS, seeds=seeds, say=_say)
    _show("refine", measuring, as_json=as_json)


@bench_app.command()
def sensitive(
    folder: Annotated[Path, typer.Argument(help="A folder or tar archive of clean documents.")],
    seed: Annotated[int, typer.Option("--seed", help="Of the canaries that are planted.")] = 0,
    most: Annotated[int | None, typer.Option("--most", min=1, help="Documents at most.")] = None,
    as_json: AsJson = False,
) -> None:
    """Plant secrets, personal data and hostile text into clean documents; count what is found, and false alarms."""
    from kintsugi.bench.sensitive import measure

    _show("sensitive", measure(folder, seed, most), as_json=as_json)


@bench_app.command()
def feed(
    archive: Annotated[Path, typer.Argument(help="A tar archive with a folder for each release.")],
    documents: Annotated[int | None, typer.Option("--documents", min=1, help="Only the first so many paths.")] = None,
    hashed: Annotated[bool, typer.Option("--hashed", help="Hashed words in place of the model.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take in the releases of a documentation one after the other; compare with the files and with clean builds."""
    from kintsugi.bench.feed import measure
    from kintsugi.settings import load_settings

    _show("feed", measure(load_settings(), archive, documents=documents, hashed=hashed), as_json=as_json)


@bench_app.command()
def backfill(
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="Days of hours, of two sources.")] = 1,
    newest_first: Annotated[bool, typer.Option("--newest-first", help="Catch up from the newest hour back.")] = False,
    as_json: AsJson = False,
) -> None:
    """Backfill two hourly sources at once through Airflow's own backfills, in a place of its own."""
    from kintsugi.bench.backfill import measure
    from kintsugi.settings import load_settings

    _show("backfill", measure(load_settings(), days, newest_first=newest_first, say=_say), as_json=as_json)


@bench_app.command()
def scale(
    files: Annotated[int, typer.Option("--files", min=0, help="Small files; 0 leaves them out.")] = 100_000,
    log_mb: Annotated[int, typer.Option("--log-mb", min=0, help="Length of a log; 0 leaves it out.")] = 2048,
    hashed: Annotated[bool, typer.Option("--hashed", help="Hashed words in place of the model.")] = False,
    place: Annotated[Path | None, typer.Option("--place", help="A folder with room for twice the log.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take in very many small files and a very large log, and say what memory that took."""
    from kintsugi.bench.scale import measure
    from kintsugi.settings import load_settings

    measuring = measure(load_settings(), files=files, log_mb=log_mb, hashed=hashed, place=place)
    _show("scale", measuring, as_json=as_json)


@bench_app.command()
def start(as_json: AsJson = False) -> None:
    """Measure a first and a second start in a place of their own, to healthy and to the first answer."""
    from kintsugi.bench.start import measure
    from kintsugi.settings import load_settings

    _show("start", measure(load_settings()), as_json=as_json)


@bench_app.command()
def savings(
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=10_000, help="Runs of each case.")] = 100,
    skew: Annotated[float, typer.Option("--skew", min=0.1, max=3, help="σ of the log-normal costs.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Estimate savings where none is and where 30 % is planted; count how often the interval is right."""
    from kintsugi.bench.savings import measure

    _show("savings", measure(seeds, skew=skew), as_json=as_json)


def _show(name: str, measuring: "Iterator[Row]", *, as_json: bool) -> None:
    """Measure, and print what there is; also where it ends with an error, so that an hour of measuring isn't lost."""
    from kintsugi.bench.output import shown

    rows: list[Row] = []
    try:
        with Console(stderr=True).status(f"Measuring {name} …") as status:
            for row in measuring:
                rows.append(row)
                status.update(f"Measuring {name}: {' '.join(shown(value) for value in list(row.values())[:3])}")
    finally:
        if rows:
            _print(name, rows, as_json=as_json)


def _print(name: str, rows: "list[Row]", *, as_json: bool) -> None:
    from kintsugi.bench.output import Result

    result = Result(name, tuple(rows)).to_dict()
    console = wide_console()
    if as_json:
        console.file.write(json.dumps(result) + "\n")
        return
    for part in dict.fromkeys(row.get("part") for row in rows):
        console.print(_table([row for row in rows if row.get("part") == part], console.width))
    machine = result["machine"]
    console.print(f"{machine['cpu']}, {machine['cores']} cores; commit {result['commit']}", style="dim")


def _table(rows: "list[Row]", width: int) -> Table:
    """Return rows of one kind as a table; upright, where they are wider than the screen."""
    from kintsugi.bench.output import columns, shown

    lines = [columns(rows), *([shown(row.get(column)) for column in columns(rows)] for row in rows)]
    if _width(lines) > width:
        lines = [list(line) for line in zip(*lines, strict=True)]
    table = Table(*lines[0], box=None)
    for line in lines[1:]:
        table.add_row(*line)
    return table


def _width(lines: list[list[str]]) -> int:
    """Return how many characters these lines take side by side, as a table prints them."""
    return sum(max(map(len, column)) + 2 for column in zip(*lines, strict=True))


def _say(progress: str) -> None:
    sys.stderr.write(progress + "\n")
