"""Starts the engines: one for a block of code, or one that all processes of a test run share.

A server lives as long as its standard input stays open. Alone, that is a pipe of the process that started it; shared, a
named pipe whose writing end the first process of the run holds. Either way the kernel closes it when the holder dies.
"""

import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.engines.build import MONGO, OPENSEARCH, Engine, EngineUnavailable, built, java, locked

HEAP = ("-Xms64m", "-Xmx512m", "-XX:+UseSerialGC")
QUICK_START = ("-XX:TieredStopAtLevel=1",)  # half the processor time of a start; for measurements pass ()
STOP_SECONDS = 15.0


@dataclass(frozen=True)
class Server:
    """An engine that answers, on loopback."""

    host: str
    port: int
    pid: int

    @property
    def url(self) -> str:
        """Its address as OpenSearch's clients want it."""
        return f"http://{self.host}:{self.port}"

    @property
    def uri(self) -> str:
        """Its address as MongoDB's clients want it."""
        return f"mongodb://{self.host}:{self.port}"


@contextmanager
def mongo_server(
    version: str = "5.0.0", wire_version: int = 13, java_options: tuple[str, ...] = QUICK_START
) -> Iterator[Server]:
    """A MongoDB-wire server of one's own, in memory, that claims to be of ``version``."""
    with _alone(MONGO, version, str(wire_version), java_options=java_options) as server:
        yield server


@contextmanager
def opensearch_node(java_options: tuple[str, ...] = QUICK_START) -> Iterator[Server]:
    """An OpenSearch node of one's own, in a temporary folder."""
    with _alone(OPENSEARCH, java_options=java_options) as server:
        yield server


@contextmanager
def _alone(engine: Engine, *arguments: str, java_options: tuple[str, ...]) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="kintsugi-engine-") as folder:
        reading, writing = os.pipe()
        try:
            server = launch(engine, reading, Path(folder) / "log", *arguments, java_options=java_options)
        except BaseException:
            os.close(writing)
            raise
        finally:
            os.close(reading)
        try:
            yield server
        finally:
            os.close(writing)
            stopped(server.pid)


def launch(
    engine: Engine, lifeline: int, log: Path, *arguments: str, java_options: tuple[str, ...] = QUICK_START
) -> Server:
    """Start an engine on the open file ``lifeline`` and return it once it answers.

    Raises:
        EngineUnavailable: it cannot be built here.
        RuntimeError: it ended, or was not ready in time; the message has the end of its log.
    """
    folder = built(engine)
    classpath = os.pathsep.join(str(folder / jars) for jars in engine.jars)
    command = [java(), *HEAP, *java_options, "-cp", classpath, engine.main, *arguments]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=lifeline,
            stdout=subprocess.PIPE,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for the holder; the engine stops with its lifeline, and cleans up
        )
    try:
        said = json.loads(_first_line(process, time.monotonic() + engine.start_seconds))
    except ValueError as error:
        process.kill()
        process.wait()
        end = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
        raise RuntimeError(f"{engine.name} was not ready within {engine.start_seconds:.0f} s:\n{end}") from error
    return Server(**said)


def _first_line(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    """What the process printed up to the first line's end; less when it ended or the time is over."""
    assert process.stdout is not None
    line = b""
    with process.stdout as output:
        while not line.endswith(b"\n") and select.select([output], [], [], max(deadline - time.monotonic(), 0))[0]:
            read = os.read(output.fileno(), 4096)
            if not read:
                break
            line += read
    return line


def stopped(pid: int) -> None:
    """Wait until a server whose lifeline was cut is gone; kill it when it stays."""
    try:
        process = psutil.Process(pid)
        _, alive = psutil.wait_procs([process], timeout=STOP_SECONDS)
        for each in alive:
            each.kill()
            each.wait()
    except psutil.NoSuchProcess:
        pass


class SharedServers:
    """The engines of one test run: each started at most once, by the first process that wants it.

    The process that calls `hold` keeps them alive; the others reach them through the same ``folder``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lifeline = folder / "lifeline"
        self._held: int | None = None

    def hold(self) -> None:
        """Keep the servers of this folder alive until `release`, or until this process ends."""
        os.mkfifo(self._lifeline)
        self._held = os.open(self._lifeline, os.O_RDWR)  # opening for writing alone would wait for a reader

    def release(self) -> None:
        """Stop the servers, wait until they are gone, and remove the folder."""
        if self._held is None:
            return
        os.close(self._held)
        self._held = None
        for ready in self.folder.glob("*.json"):
            stopped(Server(**json.loads(ready.read_text())).pid)
        shutil.rmtree(self.folder, ignore_errors=True)

    def get(self, engine: Engine) -> Server:
        """Return the run's server, starting it first when nobody has.

        Raises:
            EngineUnavailable: it cannot be built here; found out once, and told to every process of the run.
        """
        ready, refused = self.folder / f"{engine.name}.json", self.folder / f"{engine.name}.unavailable"
        with locked(self.folder / f"{engine.name}.lock"):
            if refused.exists():
                raise EngineUnavailable(refused.read_text())
            if ready.exists():
                server = Server(**json.loads(ready.read_text()))
                if psutil.pid_exists(server.pid):
                    return server
            lifeline = os.open(self._lifeline, os.O_RDONLY)
            try:
                server = launch(engine, lifeline, self.folder / f"{engine.name}.log")
            except EngineUnavailable as error:
                refused.write_text(str(error))
                raise
            finally:
                os.close(lifeline)
            ready.write_text(json.dumps({"host": server.host, "port": server.port, "pid": server.pid}))
            return server
