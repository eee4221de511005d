"""What `kintsugi ingest` shows."""

from rich.console import Console

from kintsugi.cli.ingest import outcome_table
from kintsugi.records import Partition, RunRef


def test_the_table_shows_what_came_in_and_what_became_of_it():
    partition = Partition(
        id="cli@/x",
        source="cli",
        key="/x",
        state="committed",
        run=RunRef(dag="cli", run_id="r"),
        changed_at=1.0,
        seen=7,
        written=5,
        refused=2,
    )
    console = Console(width=80)
    with console.capture() as capture:
        console.print(outcome_table(partition, {"generation": "g1", "embedded": 12, "batches": []}))
    shown = [" ".join(line.split()) for line in capture.get().splitlines()]
    assert "documents written 5" in shown
    assert "documents refused 2" in shown
    assert "index: embedded 12" in shown
