"""`kintsugi report`: what happened, for people and for machines."""

import json
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from kintsugi.cli.quoted import command, plain, printable
from kintsugi.observe.report import Report, address


def report(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Show what was ingested, refused, learned and healed, and the last answer with its citations."""
    from kintsugi.laptop.secrets import api_url
    from kintsugi.observe.outcome import load_outcome
    from kintsugi.observe.report import make_report
    from kintsugi.platform import open_platform

    platform = open_platform()
    made = make_report(platform, load_outcome(platform), api_url(platform.settings))
    platform.close()
    show(made, Console(), as_json=as_json)


def show(made: Report, console: Console, *, as_json: bool) -> None:
    """Print the report as one JSON object or as a page."""
    if as_json:
        console.file.write(json.dumps(made.to_dict(), ensure_ascii=False) + "\n")
    else:
        console.print(
            Panel(
                Group(_figures(made), _learned(made), _answer(made), _where(made)),
                title="Kintsugi",
                border_style="yellow",
            )
        )


def _figures(made: Report) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", justify="right")
    table.add_column()
    came_in = ", ".join(f"{count} {source}" for source, count in made.ingested.items() if count)
    table.add_row("came in", came_in or "nothing yet")
    table.add_row("embedded", f"{made.embedded_by_last_job} new vectors, {made.embedded} in the cache")
    table.add_row("unchanged", f"{made.skipped} skipped")
    table.add_row(
        "refused", f"{made.refused} in quarantine (`kintsugi quarantine list`)" if made.refused else "nothing"
    )
    table.add_row("learned", f"{_states(made.patterns)} from {made.trajectories} trajectories")
    table.add_row("incidents", _states(made.incidents))
    if made.drill:
        verdict = "healed and verified" if made.drill.get("healed") else "NOT healed"
        earlier = ", in an earlier run" if made.drill.get("earlier") else ""
        table.add_row(
            "drill", f"{made.drill['removed']} chunks removed, {verdict} in {made.drill['seconds']} s{earlier}"
        )
    if made.seconds:
        table.add_row(
            "seconds", ", ".join(f"{step.replace('_', ' ')} {seconds:g}" for step, seconds in made.seconds.items())
        )
    return table


def _states(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "none"


def _learned(made: Report) -> Text:
    """Return the patterns of the platform's own work with the runs behind them, and why none is active where so."""
    text = Text()
    if not made.patterns.get("active"):
        waiting = made.patterns.get("candidate", 0)
        text.append("\nNothing is active yet: ", style="italic")
        text.append(
            f"{waiting} candidates wait for runs that they were not drawn from.\n"
            if waiting
            else "a pattern needs runs of the same work that ended well and others that did not.\n",
            style="italic",
        )
    for each in made.learned:
        text.append(printable(f"\n{each.name}  "), style="bold").append(
            f"{each.state} {each.kind} {each.id}\n", style="dim"
        )
        if each.waits_for:
            text.append(printable(f"  waits: {each.waits_for}\n"), style="yellow")
        text.append(f"  rests on {each.evidence} runs, among them\n", style="dim")
        for run in each.runs:
            did = f"{'followed' if run.followed else 'did not'}, {'succeeded' if run.succeeded else 'failed'}"
            leads = address(run.run, made.ui) if run.run else "a run that was not recorded"
            text.append(printable(f"    {did:19} {leads}"))
            text.append(f"  incident {run.incident}\n" if run.incident else "\n", style="dim")
    return text.append("  `kintsugi patterns why ID` tells the rest.\n", style="dim") if made.learned else text


def _answer(made: Report) -> Text:
    text = Text("\n")
    if not made.answer:
        return text
    text.append(f"{made.answer['question']}\n", style="bold")
    if not made.answer["evidence"]:
        return text.append("No evidence in what was ingested.\n", style="italic")
    for number, cited in enumerate(made.answer["sentences"], 1):
        text.append(f"  {plain(cited['sentence'])} ")
        text.append(printable(f"[{number}] {cited['source']}/{cited['external_id']}\n"), style="dim")
    return text


def _where(made: Report) -> Text:
    text = Text("\n")
    if made.ui:
        text.append("Airflow UI   ", style="bold").append(f"{made.ui}  (user and password: {made.secrets})\n")
    return text.append("Next         ", style="bold").append(
        f'{command()} ask "…"   ·   drop files into var/inbox/   ·   make down'
    )
