"""Nothing is cut from a table: it folds in a terminal of 80 columns, and is wide in a file."""

import io

from rich.console import Console

from kintsugi.cli.doctor import check_table
from kintsugi.cli.generations import _table
from kintsugi.cli.tables import WIDE, wide_console
from kintsugi.index.listing import Listed
from kintsugi.laptop.checks import Check

LONG = "/srv/platforms/operations/var/a-folder-with-a-name-that-no-column-of-eighty-has-room-for"
NOTES = ("an-unbroken-note-of-many-letters", "another")


def printed(table, width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(table)
    return console.file.getvalue()


def test_without_a_terminal_a_page_is_wide_and_columns_is_obeyed(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert wide_console().width == WIDE
    monkeypatch.setenv("COLUMNS", "100")
    assert wide_console().width == 100


def test_the_doctors_table_folds(settings):
    shown = printed(check_table([Check("records engine", "fail", LONG, f"remove {LONG}")]), 80)
    assert "…" not in shown
    assert shown.count("\n") > 2
    assert LONG in printed(check_table([Check("records engine", "fail", LONG, "")]), WIDE)


def test_the_list_of_generations_folds():
    row = Listed(
        generation="g-95ada4e5-001",
        state="previous",
        entries=123_456,
        model="sentence-transformers/all-MiniLM-L6-v2",
        fingerprint="",
        pipeline="",
        created_at=0.0,
        age=500_000.0,
        quiet=4_000.0,
        served_since=5.0,
        ruling="promote",
        verdict="",
        gate={},
        notes=NOTES,
    )
    shown = printed(_table([row]), 80)
    assert "…" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    for whole in ("g-95ada4e5-001", "previous", "123456"):
        assert whole in shown
    assert ", ".join(NOTES) in printed(_table([row]), WIDE)
