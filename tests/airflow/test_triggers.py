"""The inbox trigger, on a real folder."""

import asyncio
import contextlib
from pathlib import Path

from kintsugi_airflow.triggers import InboxTrigger


async def _events(trigger: InboxTrigger, change, count: int, patience: float = 5.0) -> list[str]:
    """Collect ``count`` events or fewer; ``change`` runs after each event with its number."""
    found: list[str] = []

    async def collect() -> None:
        async for event in trigger.run():
            found.append(event.payload["signature"])
            change(len(found))
            if len(found) == count:
                return

    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(collect(), patience)
    return found


def test_a_file_that_is_there_at_the_start_is_reported(tmp_path: Path):
    (tmp_path / "note.md").write_text("# Hello")
    assert len(asyncio.run(_events(InboxTrigger(str(tmp_path), poll=0.02), lambda n: None, 1))) == 1


def test_what_was_removed_while_nobody_watched_is_reported_at_the_start(tmp_path: Path):
    events = asyncio.run(_events(InboxTrigger(str(tmp_path), poll=0.02), lambda n: None, 2, patience=0.5))
    assert len(events) == 1, "an empty folder is a state like any other, and is told once"


def test_a_folder_that_is_not_there_is_waited_for(tmp_path: Path):
    assert asyncio.run(_events(InboxTrigger(str(tmp_path / "no"), poll=0.02), lambda n: None, 1, patience=0.3)) == []


def test_each_settled_change_is_reported_once(tmp_path: Path):
    (tmp_path / "a.md").write_text("one")

    def change(number: int) -> None:
        if number == 1:
            (tmp_path / "sub").mkdir()
            (tmp_path / "sub" / "b.md").write_text("two")

    events = asyncio.run(_events(InboxTrigger(str(tmp_path), poll=0.02), change, 3, patience=0.6))
    assert len(events) == 2
    assert events[0] != events[1]


def test_removing_the_last_file_is_a_change_too(tmp_path: Path):
    (tmp_path / "a.md").write_text("one")
    events = asyncio.run(
        _events(InboxTrigger(str(tmp_path), poll=0.02), lambda n: (tmp_path / "a.md").unlink() if n == 1 else None, 2)
    )
    assert len(events) == 2


def test_a_trigger_is_rebuilt_from_what_it_serialises(tmp_path: Path):
    path, arguments = InboxTrigger(str(tmp_path), poll=3).serialize()
    assert path == "kintsugi_airflow.triggers.InboxTrigger"
    assert InboxTrigger(**arguments).serialize() == (path, arguments)
