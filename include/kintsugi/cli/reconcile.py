"""`kintsugi reconcile`: compare the records with the index, and repair what drifted apart."""

import json
import sys
import uuid
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from kintsugi.index.reconciled import Reconciled

LABELS = {
    "buckets": "buckets compared",
    "differing": "buckets that differ",
    "rows_read": "rows read",
    "missing": "missing",
    "stale": "stale",
    "orphaned": "orphaned",
    "confirmed": "still wrong after the grace period",
    "repaired": "repaired",
    "embedded": "texts embedded again",
    "refused": "refused by the index, quarantined",
    "without_vector": "without a vector of this generation",
    "writes": "writes",
    "left": "wrong at the end",
    "seconds": "seconds",
}
ONLY_IF_ANY = ("embedded", "refused", "without_vector")


def reconcile(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be repaired; write nothing.")] = False,
    generation: Annotated[str, typer.Option("--generation", help="Another generation than the served one.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Repair also when a large share has drifted.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Compare records and index by digests, repair missing, stale and orphaned entries, and count again.

    Exit code 1 when they are not equal at the end.
    """
    from kintsugi.index.reconcile import reconcile as reconcile_index
    from kintsugi.index.reconciled import facts
    from kintsugi.platform import open_platform
    from kintsugi.records import RunRef

    platform = open_platform()
    run = RunRef(dag="cli", run_id=f"reconcile-{uuid.uuid4().hex[:12]}")
    try:
        with Console(stderr=True).status("Comparing …"):
            outcome = reconcile_index(platform, run, generation=generation, dry_run=dry_run, force=force)
    finally:
        platform.close()
    if as_json:
        sys.stdout.write(json.dumps(facts(outcome)) + "\n")
    else:
        _print(outcome)
    if not outcome.equal:
        raise typer.Exit(1)


def _print(outcome: "Reconciled") -> None:
    from kintsugi.index.reconciled import facts

    values = facts(outcome)
    table = Table(outcome.generation, "", box=None)
    for name, label in LABELS.items():
        if values[name] or name not in ONLY_IF_ANY:
            table.add_row(label, f"{values[name]:,}")
    console = Console(soft_wrap=True)
    console.print(table)
    if outcome.equal:
        excused = ", but for what is not published yet, being written, or refused" if outcome.differing else ""
        console.print(Text(f"The index shows what the records say{excused}.", style="green"))
    elif outcome.dry_run:
        said = f"Without --dry-run, {outcome.left} entries would be repaired" + (
            "; they are so many that it needs --force." if outcome.needs_force else "."
        )
        console.print(Text(said, style="yellow"))
    else:
        console.print(Text(f"{outcome.left} entries are still wrong; run it again.", style="red"))
