"""`kintsugi incidents` and `kintsugi heal`."""

import getpass
import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kintsugi.cli.tables import wide_console

if TYPE_CHECKING:
    from kintsugi.healing.rehearsal import Rehearsal
    from kintsugi.platform import Platform
    from kintsugi.records import Incident, RunRef

STYLES = {"resolved": "green", "escalated": "bold red", "undone": "red", "awaiting approval": "bold yellow"}

SHOWN_RESOLVED = 200
"""How many incidents that ended well ``--all`` shows."""

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def incidents(
    all_: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is wrong, what is being done about it, and with --all how the newest earlier incidents ended."""
    from kintsugi.healing.transitions import UNRESOLVED
    from kintsugi.platform import open_platform
    from kintsugi.records import Incident
    from kintsugi.stores.where import OneOf

    platform = open_platform()
    try:
        shown = list(platform.records.scan(Incident, {"state": OneOf(UNRESOLVED)}))
        if all_:
            shown += platform.records.latest(Incident, "opened_at", {"state": "resolved"}, limit=SHOWN_RESOLVED)
    finally:
        platform.close()
    shown.sort(key=lambda each: each.opened_at, reverse=True)
    console = wide_console()
    if as_json:
        console.file.write(json.dumps({"incidents": [_facts(each) for each in shown]}, ensure_ascii=False) + "\n")
    elif shown:
        console.print(incident_table(shown))
    else:
        console.print("No incidents." if all_ else "No open incidents. `kintsugi incidents --all` shows earlier ones.")


def heal(
    incident: Annotated[str, typer.Argument(help="An incident's id; without one, look for faults and heal all.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    approve: Annotated[
        bool, typer.Option("--approve", help="Approve a repair that is larger than its budget.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Heal in this process. Naming an incident that was escalated gives it one more attempt."""
    from kintsugi.platform import open_platform
    from kintsugi.records import RunRef

    platform = open_platform()
    run = RunRef(dag="cli", run_id=f"heal-{uuid.uuid4().hex[:12]}")
    console = Console()
    try:
        incident = whole_id(platform, incident)
        if dry_run:
            _show_rehearsals(console, rehearsals(platform, incident, run), as_json=as_json)
            return
        healed, errors = heal_here(platform, incident, run, approver=getpass.getuser() if approve else "")
    finally:
        platform.close()
    if as_json:
        answer = {"incidents": [_facts(each) for each in healed], "errors": errors}
        console.file.write(json.dumps(answer, ensure_ascii=False) + "\n")
    elif healed:
        console.print(incident_table(healed))
        for each in healed:
            if each.state == "awaiting approval":
                console.print(f"To approve: kintsugi heal {each.id} --approve", style="yellow")
    else:
        console.print("Nothing is wrong; nothing was done.")
    for id, error in errors.items():
        Console(stderr=True).print(Text(f"{id}: ", style="red").append(error, style="default"))
    if errors or any(each.state != "resolved" for each in healed):
        raise typer.Exit(1)


def whole_id(platform: "Platform", beginning: str) -> str:
    """Return the id of the one incident that begins so; what is given where none or several do."""
    from kintsugi.records import Incident

    found = [each.id for each in platform.records.scan(Incident) if beginning and each.id.startswith(beginning)]
    return found[0] if len(found) == 1 else beginning


def heal_here(
    platform: "Platform", incident: str, run: "RunRef", *, approver: str
) -> tuple[list["Incident"], dict[str, str]]:
    """Heal one incident, or all that there are, in this process; return how they stand, and errors by incident."""
    from kintsugi.errors import KintsugiError
    from kintsugi.healing import incidents as records_of
    from kintsugi.healing.heal import approve, heal
    from kintsugi.healing.orchestrator import InProcessOrchestrator
    from kintsugi.healing.sweep import sweep

    if incident:
        records_of.reopen(platform.records, incident, run)
        ids = [incident]
    else:
        sweep(platform, run)
        ids = [each.id for each in records_of.open_incidents(platform.records)]
    errors: dict[str, str] = {}
    orchestrator = InProcessOrchestrator(platform, run)
    for id in ids:
        try:
            after = heal(platform, id, run, orchestrator)
            if after.state == "awaiting approval" and approver:
                approve(platform, id, run, approver)
                heal(platform, id, run, orchestrator)
        except KintsugiError as error:
            errors[id] = str(error)
    return [records_of.get_incident(platform.records, id) for id in ids], errors


def rehearsals(platform: "Platform", incident: str, run: "RunRef") -> list["Rehearsal"]:
    """Return what healing would do: with one incident, or with everything that is wrong now."""
    from kintsugi.healing.incidents import get_incident, preview
    from kintsugi.healing.rehearsal import rehearse
    from kintsugi.healing.sweep import anomalies_now

    if incident:
        return [rehearse(platform, get_incident(platform.records, incident))]
    return [rehearse(platform, preview(platform.records, each, run)) for each in anomalies_now(platform)]


def incident_table(shown: list["Incident"]) -> Table:
    """Return the incidents as a table, as they come."""
    table = Table(title="Incidents", title_justify="left", border_style="yellow")
    table.add_column("incident", no_wrap=True)
    table.add_column("opened (UTC)", no_wrap=True)
    table.add_column("fault", overflow="fold")
    table.add_column("state")
    table.add_column("what happened", overflow="fold", ratio=1)
    for each in shown:
        opened = datetime.fromtimestamp(each.opened_at, UTC).strftime("%m-%d %H:%M:%S")
        said = each.outcome or (str(each.history[-1]["note"]) if each.history else "") or each.summary
        if each.state == "awaiting approval":
            why = each.diagnosis.get("cause", each.summary)
            said = f"{why}: {said}. Approve: Airflow → Required Actions, or kintsugi heal {each.id} --approve"
        state = Text(each.state, style=STYLES.get(each.state, "yellow"))
        table.add_row(each.id, opened, Text(f"{each.kind}\n{each.target}"), state, Text(said))
    return table


def _show_rehearsals(console: Console, found: list["Rehearsal"], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "incident": each.incident.id,
                "kind": each.incident.kind,
                "target": each.incident.target,
                "would": list(each.would),
                "budget": str(each.verdict),
            }
            for each in found
        ]
        console.file.write(json.dumps({"dry_run": rows}, ensure_ascii=False) + "\n")
        return
    for each in found:
        console.print(Text(f"{each.incident.kind} of {each.incident.target} ({each.verdict})", style="bold"))
        for sentence in each.would:
            console.print(Text(f"  · {sentence}"))
    if not found:
        console.print("Nothing is wrong; nothing would be done. What is younger than healing.grace is not judged yet.")


def _facts(incident: "Incident") -> dict[str, Any]:
    return incident.model_dump(mode="json")
