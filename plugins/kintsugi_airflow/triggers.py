"""What waits in the triggerer: for files, for a source, for an anomaly. Every blocking call runs in a thread."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from airflow.triggers.base import BaseEventTrigger, BaseTrigger, TriggerEvent
from asgiref.sync import sync_to_async


class InboxTrigger(BaseEventTrigger):
    """Fires when the inbox has changed and then stood still for one poll, so that a half-copied file is not read.

    Fires once at start, also for an empty folder: what arrived or went while nobody watched is not missed, and
    ingesting what is known already costs a comparison of digests. A folder that is not there is waited for.
    """

    def __init__(self, folder: str, poll: float = 1.0) -> None:
        super().__init__()
        self.folder = folder
        self.poll = poll

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what the triggerer needs to build this trigger again."""
        return "kintsugi_airflow.triggers.InboxTrigger", {"folder": self.folder, "poll": self.poll}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event for each settled change, for ever."""
        fired: str | None = None
        previous: str | None = None
        while True:
            current = await asyncio.to_thread(folder_signature, self.folder)
            if current is not None and current == previous and current != fired:
                fired = current
                yield TriggerEvent({"folder": self.folder, "signature": current})
            previous = current
            await asyncio.sleep(self.poll)


class SourceReadyTrigger(BaseTrigger):
    """Waits until a source answers and its partition is complete, or until ``deadline`` (seconds since the epoch).

    The deadline is absolute: a triggerer that restarts begins to wait anew, but not for longer.
    """

    def __init__(self, source: str, partition: str, deadline: float, poll: float = 5.0) -> None:
        super().__init__()
        self.source = source
        self.partition = partition
        self.deadline = deadline
        self.poll = poll

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what the triggerer needs to build this trigger again."""
        arguments = {"source": self.source, "partition": self.partition, "deadline": self.deadline, "poll": self.poll}
        return "kintsugi_airflow.triggers.SourceReadyTrigger", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event: ready, or why not."""
        from kintsugi_airflow.readiness import why_not_ready

        unavailable, reason = False, "not asked before the deadline"
        while time.time() < self.deadline:
            answer = await sync_to_async(why_not_ready, thread_sensitive=False)(self.source, self.partition)
            if answer is None:
                yield TriggerEvent({"ready": True})
                return
            unavailable, reason = answer.unavailable, answer.reason
            await asyncio.sleep(self.poll)
        yield TriggerEvent({"ready": False, "unavailable": unavailable, "reason": reason})


class DetectorTrigger(BaseTrigger):
    """Runs one detector again and again until it finds what nobody attends to, or its watch ends at ``until``."""

    def __init__(self, detector: str, until: float, poll: float = 5.0) -> None:
        super().__init__()
        self.detector = detector
        self.until = until
        self.poll = poll

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what the triggerer needs to build this trigger again."""
        arguments = {"detector": self.detector, "until": self.until, "poll": self.poll}
        return "kintsugi_airflow.triggers.DetectorTrigger", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event with how many anomalies were found: the task that resumes detects them itself."""
        from kintsugi_airflow.readiness import count_unattended

        while True:
            found = await asyncio.to_thread(count_unattended, self.detector)
            if found or time.time() + self.poll >= self.until:
                yield TriggerEvent({"found": found, "until": self.until})
                return
            await asyncio.sleep(self.poll)


def folder_signature(folder: str) -> str | None:
    """Return a digest of names, sizes and times of all files below; ``None`` when there is no such folder."""
    if not Path(folder).is_dir():
        return None
    seen: list[tuple[str, int, int]] = []
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            try:
                stat = (Path(path) / name).lstat()
            except FileNotFoundError:
                continue
            seen.append((str(Path(path) / name), stat.st_size, stat.st_mtime_ns))
    return hashlib.blake2b(repr(seen).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
