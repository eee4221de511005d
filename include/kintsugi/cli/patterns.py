"""`kintsugi patterns`: what was learned, how sure that is, why it was decided so; change it, hand it on, take it in."""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from itertools import islice
from typing import Annotated, Any, get_args

import typer
from rich.text import Text

from autorefine.pattern import STATES, Kind
from kintsugi.cli.pattern_changes import restore, retire, rollback
from kintsugi.cli.pattern_evidence import evidence
from kintsugi.cli.pattern_files import export, import_
from kintsugi.cli.pattern_names import AsJson, Id, named
from kintsugi.cli.pattern_outcome import outcome
from kintsugi.cli.pattern_used import used
from kintsugi.cli.quoted import printable
from kintsugi.cli.tables import line_console
from kintsugi.cli.words import moment
from kintsugi.errors import TerminalError
from kintsugi.observe.expertise_view import Decided
from kintsugi.observe.pattern_view import Bound, PatternSeen, Run

patterns_app = typer.Typer(help="What was learned, and how sure that is.", no_args_is_help=True)
"""Also called ``pattern``: `kintsugi pattern used …` reads better for one of them."""

MOST_RUNS = 30
"""Runs of its evidence that ``show`` and ``why`` name."""

MOST_LISTED = 1_000
"""Patterns of a state that are looked at."""

_BAR = 31


@patterns_app.command("list")
def list_patterns(
    state: Annotated[str, typer.Option("--state", help="active, candidate or retired.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="skill, subagent or sign.")] = "",
    agent: Annotated[str, typer.Option("--agent", help="Only what speaks for this agent.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="So many, active ones first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show what was learned: state, kind, name, bound, and how often it was retrieved and used."""
    from kintsugi.expertise.repository import StoredPatterns
    from kintsugi.observe.pattern_view import patterns_seen, rank
    from kintsugi.platform import open_platform

    if state and state not in STATES:
        raise _no_such("state", state, STATES)
    if kind and kind not in get_args(Kind):
        raise _no_such("kind", kind, get_args(Kind))
    with closing(open_platform()) as platform:
        repository = StoredPatterns(platform.records)
        of_all = [
            pattern
            for each in ((state,) if state else STATES)
            for pattern in sorted(islice(repository.all(each), MOST_LISTED), key=rank)
            if kind in ("", pattern.kind)
        ]
        found = [each for each in of_all if not agent or not each.scope.agents or agent in each.scope.agents]
        shown = patterns_seen(platform.records, found[:limit], most_runs=0)
    console = line_console()
    if as_json:
        console.file.write(json.dumps({"patterns": [as_facts(each) for each in shown], "count": len(found)}) + "\n")
        return
    agents = sorted({name for each in of_all for name in each.scope.agents})
    if not shown and agents:
        console.print(Text(printable(f"No such pattern speaks to {agent}. There are some for: {', '.join(agents)}.")))
    elif not shown:
        console.print("No such pattern. `kintsugi report` says what there is to learn from.")
    for seen in shown:
        console.print(_line(seen, between="  " if console.soft_wrap else f"\n{'':19}"))
    if len(found) > len(shown):
        console.print(f"{len(found) - len(shown)} more are not shown; --limit shows more.")


@patterns_app.command("show")
def show(id: Id, as_json: AsJson = False) -> None:
    """Show one pattern: advice, situation, evidence with the runs behind it, gates, how each agent fared with it."""
    from kintsugi.laptop.secrets import api_url
    from kintsugi.observe.pattern_view import patterns_seen
    from kintsugi.platform import open_platform

    with closing(open_platform()) as platform:
        (seen,) = patterns_seen(platform.records, [named(platform, id)], most_runs=MOST_RUNS)
        airflow = api_url(platform.settings)
    console = line_console()
    if as_json:
        console.file.write(json.dumps(as_facts(seen)) + "\n")
        return
    console.print(_whole(seen))
    console.print(evidence(seen, airflow), soft_wrap=True)


@patterns_app.command("why")
def why(id: Id, as_json: AsJson = False) -> None:
    """Show every decision about a pattern with its numbers, what it came from, and the runs that it rests on."""
    from kintsugi.expertise.repository import StoredPatterns
    from kintsugi.laptop.secrets import api_url
    from kintsugi.observe.expertise_view import decided
    from kintsugi.observe.pattern_view import patterns_seen
    from kintsugi.platform import open_platform

    with closing(open_platform()) as platform:
        pattern = named(platform, id)
        history = [decided(each) for each in StoredPatterns(platform.records).history(pattern.id)]
        (seen,) = patterns_seen(platform.records, [pattern], most_runs=MOST_RUNS)
        airflow = api_url(platform.settings)
    console = line_console()
    if as_json:
        facts = {"pattern": as_facts(seen), "decisions": [asdict(each) for each in history]}
        console.file.write(json.dumps(facts) + "\n")
        return
    console.print(Text(printable(f"{seen.name}\n"), style="bold").append(f"{seen.state} · {seen.id}", style="dim"))
    said = ""
    for each in history:
        console.print(_decision(each, said))
        said = each.said
    if not history:
        console.print("No decision about it was written down.")
    if seen.parents:
        console.print(Text(f"merged from {', '.join(seen.parents)}", style="dim"))
    console.print(evidence(seen, airflow), soft_wrap=True)


patterns_app.command("retire")(retire)
patterns_app.command("rollback")(rollback)
patterns_app.command("restore")(restore)
patterns_app.command("export")(export)
patterns_app.command("import")(import_)
patterns_app.command("used")(used)
patterns_app.command("outcome")(outcome)


def as_facts(seen: PatternSeen) -> dict[str, Any]:
    """Return a pattern as plain JSON types, with the counts of all agent versions together."""
    together = {"retrieved": seen.retrieved, "used": seen.used, "succeeded": seen.succeeded}
    return {**asdict(seen), **together, "runs": [_run_facts(each) for each in seen.runs]}


def _run_facts(run: Run) -> dict[str, Any]:
    facts = asdict(run)
    if run.origin and run.origin.run:
        facts["origin"]["run"] = run.origin.run.model_dump(mode="json")
    return facts


def bar(bound: Bound) -> str:
    """Return the interval as a picture from −100 to +100 points: ``·`` the axis, ``│`` zero, ``━`` the interval."""
    places = [round((value + 1) / 2 * (_BAR - 1)) for value in (bound.low, bound.size, bound.high)]
    low, size, high = (min(max(each, 0), _BAR - 1) for each in places)
    cells = ["━" if low <= place <= high else "·" for place in range(_BAR)]
    cells[_BAR // 2] = "┿" if low <= _BAR // 2 <= high else "│"
    cells[size] = "●"
    return "".join(cells)


def in_points(bound: Bound) -> str:
    """Return a bound in percentage points with its interval."""
    size, low, high = (f"{100 * value:+.0f}" for value in (bound.size, bound.low, bound.high))
    return f"{size} points ({low} to {high})"


def _no_such(what: str, said: str, known: Sequence[str]) -> TerminalError:
    return TerminalError(
        f"patterns: no {what} is called {said!r}", expected="one of " + ", ".join(known), next_step="correct it"
    )


def _line(seen: PatternSeen, between: str) -> Text:
    text = Text(f"{seen.state:9} {seen.kind:8} ", style="green" if seen.state == "active" else "dim")
    text.append(printable(f"{seen.name}  "), style="bold").append(f"{seen.id}{between}", style="dim")
    bound = f"{bar(seen.effect)}  {in_points(seen.effect)}" if seen.effect else "nothing to compare with"
    return text.append(f"{bound}, retrieved {seen.retrieved}, used {seen.used}, succeeded {seen.succeeded}")


def _whole(seen: PatternSeen) -> Text:
    text = Text(printable(f"{seen.name}\n"), style="bold")
    text.append(f"{seen.state} {seen.kind} · {seen.id} · found {moment(seen.created_at)}\n\n", style="dim")
    text.append(printable(f"{seen.guideline}\n\n"))
    if seen.when:
        text.append(printable(f"when      {seen.when}, within {seen.reach} steps\n"))
    doing = [f"{each} (may repeat)" if each in seen.repeats else each for each in seen.does]
    text.append(printable(f"{'avoid' if seen.avoid else 'do':10}{' → '.join(doing)}\n"))
    if seen.step_limit:
        text.append(f"{'':10}stop after {seen.step_limit} steps\n")
    text.append(f"for       {', '.join(seen.agents) or 'every agent'}\n")
    text.append(f"\nfollowed  {seen.followed_succeeded} of {seen.followed} succeeded\n")
    text.append(f"otherwise {seen.otherwise_succeeded} of {seen.otherwise} succeeded\n")
    if seen.effect:
        certain = f"q = {seen.effect.q:.2g}" if seen.effect.q is not None else f"p = {seen.effect.p:.2g}"
        text.append(f"bound     {bar(seen.effect)}  {in_points(seen.effect)}, {certain}\n")
    for ruled in seen.ruled:
        text.append(printable(f"gate      {ruled.gate}: {ruled.ruling}, {ruled.reason}\n"))
    for each in seen.served:
        text.append(
            f"served    {each.agent_version}: retrieved {each.retrieved}, used {each.used}, succeeded {each.succeeded},"
            f" at least {100 * each.bound:.0f} % with 95 % certainty\n"
        )
    return text


def _decision(each: Decided, said_before: str) -> Text:
    """Return a decision, with what the pattern said by then where that is new."""
    change = f"{each.was or 'new'} → {each.now}" if each.was != each.now else each.now
    text = Text(f"\n{moment(each.at)}  after {each.n} trajectories  ", style="dim")
    text.append(change, style="bold").append(f"  {each.gate} {each.ruling}".rstrip(), style="yellow")
    text.append(printable(f"\n  {each.reason}")).append(f"  by {each.by}" if each.by else "", style="dim")
    if each.said != said_before:
        text.append(printable(f"\n  {each.said}"))
    numbers = ", ".join(f"{name} {value:.4g}" for name, value in each.numbers.items())
    return text.append(f"\n  {numbers}" if numbers else "", style="dim")
