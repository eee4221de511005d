"""Parsing in a child process: a document that hangs or devours memory costs itself, and nobody else.

The child is an ordinary subprocess that takes one document after another; Airflow's task processes may be daemonic, and
daemonic processes may have no children by `multiprocessing`.
"""

import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from typing import Any

import psutil
import structlog

from kintsugi.documents.confined_child import OUT_OF_MEMORY
from kintsugi.documents.parsed import Parsed
from kintsugi.errors import AGAIN, DataError, TransientError
from kintsugi.sensitive.policy import Policy

START_SECONDS = 60.0
"""A child that is not there by then will not come."""

_LOOK = 0.2
_KILLED_FOR_MEMORY = (signal.SIGKILL, signal.SIGABRT)
_CHILD = "kintsugi.documents.confined_child"


@dataclass
class _Child:
    process: "subprocess.Popen[bytes]"
    line: "Connection[Any, Any]"


class ConfinedParser:
    """`kintsugi.documents.parse.parse`, bounded in time and memory; close it, or use it in a ``with``.

    The child starts with the first document and goes on until it is closed; one that was stopped or died is replaced
    at the next document. What it holds is looked at five times a second; its address space is limited to twice as much.

    Args:
        seconds: wall clock of a document.
        memory_mb: memory of the child, interpreter included.
    """

    def __init__(self, seconds: float, memory_mb: int) -> None:
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._child: _Child | None = None

    def __enter__(self) -> "ConfinedParser":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def parse(self, data: bytes, media_type: str, name: str, title: str = "", policy: Policy | None = None) -> Parsed:
        """Return text and structure of a document, screened by a policy where one is given.

        Raises:
            DataError: nothing useful can be made of it; ``check`` is ``time`` or ``memory`` when it went beyond a
                bound, ``parser`` when the child died of it.
            TransientError: no child can be started; this says nothing about the document.
        """
        child = self._running()
        try:
            child.line.send((data, media_type, name, title, policy))
            self._wait(child, name)
            answer = child.line.recv()
        except (EOFError, OSError) as error:
            raise self._died(child, name) from error
        if isinstance(answer, DataError):
            raise answer
        parsed: Parsed = answer
        return parsed

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is not None:
            child.process.kill()
            child.process.wait()
            child.line.close()

    def _wait(self, child: _Child, name: str) -> None:
        deadline = time.monotonic() + self._seconds
        while not child.line.poll(max(0.0, min(_LOOK, deadline - time.monotonic()))):
            if time.monotonic() >= deadline:
                self.close()
                raise self._too_slow(name)
            if _resident_mb(child.process.pid) > self._memory_mb:
                self.close()
                raise self._too_large(name)

    def _running(self) -> _Child:
        if self._child is not None and self._child.process.poll() is not None:
            self.close()
        if self._child is None:
            self._child = self._started()
        return self._child

    def _started(self) -> _Child:
        ours, theirs = Pipe()
        arguments = (str(theirs.fileno()), str(self._seconds), str(self._memory_mb))
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", _CHILD, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        child = _Child(process, ours)
        try:
            if ours.poll(START_SECONDS):
                ours.recv()
                return child
        except (EOFError, OSError):
            pass
        process.kill()
        ours.close()
        raise TransientError(
            "parser process: it does not start",
            expected=f"a sign of life within {START_SECONDS:.0f} s",
            got=f"exit code {process.wait()}",
            next_step=f"`python -m {_CHILD}` says why; then {AGAIN}",
        )

    def _died(self, child: _Child, name: str) -> DataError:
        code = child.process.wait()
        self.close()
        structlog.get_logger().warning("parser.died", item=name, exit_code=code)
        if code == OUT_OF_MEMORY or -code in _KILLED_FOR_MEMORY:
            return self._too_large(name)
        if -code == signal.SIGALRM:
            return self._too_slow(name)
        return DataError(
            f"document {name}: its parser died",
            expected="a well-formed document",
            got=f"exit code {code}",
            next_step="open and save it again with the program that made it, or export it as text",
        ).named("parser")

    def _too_slow(self, name: str) -> DataError:
        return DataError(
            f"document {name}: takes too long to read",
            expected=f"at most {self._seconds:g} s",
            got="more than that",
            next_step="split it, export it as text, or raise ingest.parse_seconds",
        ).named("time")

    def _too_large(self, name: str) -> DataError:
        return DataError(
            f"document {name}: takes too much memory to read",
            expected=f"at most {self._memory_mb} MB",
            got="more than that",
            next_step="split it, export it as text, or raise ingest.parse_memory_mb",
        ).named("memory")


def _resident_mb(pid: int) -> float:
    try:
        return float(psutil.Process(pid).memory_info().rss) / 1e6
    except psutil.Error:
        return 0.0
