"""`kintsugi up`, `down`, `status` and `logs`: the platform on this machine."""

import json
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kintsugi.cli.tables import folding, wide_console

if TYPE_CHECKING:
    from kintsugi.laptop.dags import DagFiles
    from kintsugi.laptop.state import PlatformState
    from kintsugi.settings import Settings

STYLES = {"healthy": "green", "starting": "yellow", "restarting": "yellow", "unhealthy": "red", "failed": "bold red"}

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@dataclass(frozen=True)
class Up:
    """What `kintsugi up` found and did, before the main job."""

    started: bool
    seconds_to_healthy: float
    state: "PlatformState"
    loaded: dict[str, int]
    unpaused: list[str]
    broken_dags: dict[str, str] = field(default_factory=dict)


def up(
    no_job: Annotated[bool, typer.Option("--no-job", help="Only start; leave the main job out.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start the platform, do the main job and print the report; the platform goes on running in the background."""
    from kintsugi.settings import load_settings

    settings = load_settings()
    stdout, progress = Console(), Console(stderr=as_json)
    try:
        began = bring_up(settings, progress)
    except KeyboardInterrupt:
        Console(stderr=True).print("What was started goes on in the background; `kintsugi down` stops it.")
        raise
    if no_job:
        if as_json:
            stdout.file.write(json.dumps(up_facts(settings, began), ensure_ascii=False) + "\n")
        else:
            stdout.print(where(settings, began.state.api_url))
        return
    report = do_the_job(settings, progress, began.seconds_to_healthy)
    if as_json:
        answer = {**up_facts(settings, began), "report": report.to_dict()}
        stdout.file.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        from kintsugi.cli.report import show

        show(report, stdout, as_json=False)


def down(as_json: AsJson = False) -> None:
    """Stop the platform: every service with all that it started. What it holds, stays."""
    from kintsugi.laptop.lifecycle import stop
    from kintsugi.settings import load_settings

    settings = load_settings()
    with Console(stderr=True).status("Stopping …"):
        begun = time.monotonic()
        stopped = stop(settings)
    console = Console()
    if as_json:
        seconds = round(time.monotonic() - begun, 1)
        console.file.write(json.dumps({"stopped": stopped, "seconds": seconds}) + "\n")
    else:
        console.print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing runs.")


def status(as_json: AsJson = False) -> None:
    """Show each service with its state, where the UI is, and where the password is."""
    from kintsugi.laptop.lock import is_supervised
    from kintsugi.laptop.state import read_state
    from kintsugi.settings import load_settings

    settings = load_settings()
    supervised, state = is_supervised(settings), read_state(settings)
    console = wide_console()
    if as_json:
        console.file.write(json.dumps(status_facts(settings, state, supervised=supervised), ensure_ascii=False) + "\n")
    else:
        for said in status_page(settings, state, supervised=supervised):
            console.print(said)
    if state is None or not supervised or not state.is_usable:
        raise typer.Exit(1)


def logs(
    service: Annotated[str, typer.Argument(help="One service; without it, all.", show_default=False)] = "",
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="So many of each.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes; Ctrl-C ends it.")] = False,
) -> None:
    """Show the newest log lines of one service, or of all."""
    from kintsugi.errors import TerminalError
    from kintsugi.laptop.folders import log_path
    from kintsugi.laptop.logs import follow as following
    from kintsugi.laptop.logs import tail
    from kintsugi.laptop.services import LOGGED
    from kintsugi.settings import load_settings

    settings = load_settings()
    if service and service not in LOGGED:
        raise TerminalError(
            f"logs: no service is called {service!r}", expected="one of " + ", ".join(LOGGED), next_step="correct it"
        )
    if follow and not service:
        raise TerminalError("logs: --follow needs a service", next_step="e.g. `kintsugi logs scheduler --follow`")
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for name in (service,) if service else LOGGED:
        newest = tail(log_path(settings, name), lines)
        if not service and newest:
            console.rule(name, style="yellow")
        for line in newest:
            console.print(line)
    if follow:
        for line in following(log_path(settings, service)):
            console.print(line)


def bring_up(settings: "Settings", console: Console) -> Up:
    """Start what does not run, wait until it is healthy, give Airflow its connections and pools, let the DAGs run."""
    from kintsugi.laptop.account import known_secrets, own_client
    from kintsugi.laptop.checks_engines import require_engines, require_same_connections
    from kintsugi.laptop.checks_running import addresses_of
    from kintsugi.laptop.dags import unpause_all, wait_until_parsed
    from kintsugi.laptop.lifecycle import start, wait_until_healthy
    from kintsugi.laptop.settings_file import load_into_airflow, read_settings_file, settings_file_path
    from kintsugi.stores.binding import hold_to_place, mixed, noted
    from kintsugi.stores.connections import from_variables

    objects = read_settings_file(settings_file_path(settings))
    is_new = noted(settings) is None
    hold_to_place(settings, lambda: require_engines(settings))
    if is_new and (said := mixed(settings)):
        console.print(Text(said, style="yellow"))
    require_same_connections(settings, addresses_of(each.to_body() for each in objects.connections))
    require_same_connections(settings, from_variables(os.environ))
    begun = time.monotonic()
    with console.status("Starting the platform …") as line:
        require_engines(settings)
        started = start(settings)
        state = wait_until_healthy(settings, started, lambda each: line.update(progress_line(each)))
        seconds = round(time.monotonic() - begun, 1)
        line.update("Loading airflow_settings.yaml …")
        client = own_client(settings)
        loaded = load_into_airflow(objects.completed(known_secrets(settings)), client)
        require_same_connections(settings, addresses_of(client.connections()))
        line.update("Waiting for the DAGs …")
        found = wait_until_parsed(settings, client)
        unpaused = unpause_all(client, found)
        client.close()
    if started is None:
        console.print(f"The platform runs already: {len(state.services)} services at {state.api_url}.")
    else:
        console.print(f"The platform is healthy after {seconds} s, at {state.api_url}.")
        if not state.api_url.endswith(f":{settings.server.port}"):
            console.print(f"Port {settings.server.port} was taken, so another one was chosen.")
    _say_what_is_wrong(found, state, console)
    return Up(started is not None, seconds, state, loaded, unpaused, dict(found.broken))


def do_the_job(settings: "Settings", console: Console, seconds_to_healthy: float) -> Any:
    """Do the main job and return the report."""
    import psutil

    from kintsugi.laptop.account import own_client
    from kintsugi.laptop.job import run_main_job
    from kintsugi.observe.report import make_report
    from kintsugi.platform import open_platform

    platform, client = open_platform(settings), own_client(settings)
    try:
        begun = psutil.Process().create_time()
        outcome = run_main_job(platform, client, console, begun=begun, seconds_to_healthy=seconds_to_healthy)
        return make_report(platform, outcome, client.base_url)
    finally:
        client.close()
        platform.close()


def progress_line(state: "PlatformState") -> str:
    """Return what is being waited for."""
    waiting = [each.name for each in state.services if each.condition not in ("healthy", "failed")]
    return f"Starting: {state.detail or 'waiting for ' + ', '.join(waiting)} …"


def service_table(state: "PlatformState", now: float) -> Table:
    """Return the services as a table, in the order in which they start."""
    table = Table(*folding("service", "state", "for", "pid", "restarts", ""), box=None)
    for each in state.services:
        since = f"{now - each.since:.0f} s" if each.since else ""
        pid = str(each.process.pid) if each.process and each.condition not in ("failed", "stopped") else ""
        condition = Text(each.condition, style=STYLES.get(each.condition, "default"))
        table.add_row(each.name, condition, since, pid, str(each.restarts), Text(each.detail))
    return table


def status_page(settings: "Settings", state: "PlatformState | None", *, supervised: bool) -> list[Text | Table]:
    """Return what a person wants to know about the platform now."""
    from kintsugi.laptop.processes import is_alive

    if state is None:
        return [
            Text("The platform is starting." if supervised else "The platform does not run; `kintsugi up` starts it.")
        ]
    if supervised:
        return [service_table(state, time.time()), where(settings, state.api_url)]
    if any(each.process and is_alive(each.process) for each in state.services):
        gone = Text("The supervisor is gone, and left these behind; `kintsugi up` takes over.", style="red")
        return [gone, service_table(state, time.time())]
    return [Text("The platform does not run. " + (f"The last start failed: {state.detail}" if state.detail else ""))]


def where(settings: "Settings", url: str) -> Text:
    """Return where the UI is and where its password can be read."""
    text = Text("Airflow UI  ", style="bold").append(url or "not yet", style="default")
    return text.append(f"  (user and password: {settings.secrets_path})", style="default")


def status_facts(settings: "Settings", state: "PlatformState | None", *, supervised: bool) -> dict[str, Any]:
    """Return the state as plain JSON types; the password's file, never the password."""
    return {
        "running": supervised,
        "healthy": supervised and state is not None and state.is_usable,
        "phase": state.phase if state else "stopped",
        "url": state.api_url if state else "",
        "secrets": str(settings.secrets_path),
        "services": state.to_dict()["services"] if state else [],
    }


def up_facts(settings: "Settings", made: Up) -> dict[str, Any]:
    """Return what `up` did as plain JSON types."""
    return {
        "started": made.started,
        "seconds_to_healthy": made.seconds_to_healthy,
        "loaded": made.loaded,
        "unpaused": made.unpaused,
        "broken_dags": made.broken_dags,
        **status_facts(settings, made.state, supervised=True),
    }


def _say_what_is_wrong(found: "DagFiles", state: "PlatformState", console: Console) -> None:
    for name, reason in found.broken.items():
        console.print(Text(f"DAG file {name} can't be imported: {reason}", style="red"))
    for name in found.waiting:
        console.print(Text(f"DAG file {name} holds no DAG that Airflow knows yet", style="yellow"))
    for each in state.services:
        if each.condition != "healthy":
            console.print(Text(f"Service {each.name} is {each.condition}: {each.detail}", style="yellow"))
