"""Builds the Java launchers with Maven into `.engines/`, once for each version of their sources."""

import fcntl
import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = Path(__file__).parent / "java"
BUILDS = ROOT / ".engines"
LEAST_JAVA = 17
MAVEN_SECONDS = 600


class EngineUnavailable(Exception):
    """This machine cannot run the engine: no Java, no Maven, or no way to the packages. The message says which."""


@dataclass(frozen=True)
class Engine:
    """A launcher: its folder under `java/`, its main class, and where its jars are in the built folder."""

    name: str
    main: str
    jars: tuple[str, ...]
    start_seconds: float

    @property
    def version(self) -> str:
        """A digest of everything that the build is made of."""
        digest = hashlib.sha256()
        for file in sorted(path for path in (SOURCES / self.name).rglob("*") if path.is_file()):
            digest.update(str(file.relative_to(SOURCES)).encode())
            digest.update(file.read_bytes())
        return digest.hexdigest()[:12]


MONGO = Engine("mongo", "kintsugi.engines.MongoEngine", ("*", "lib/*"), start_seconds=60)
OPENSEARCH = Engine(
    "opensearch",
    "kintsugi.engines.OpenSearchEngine",
    ("*", "lib/*", "plugins/opensearch-knn/*", "plugins/neural-search/*"),
    start_seconds=180,
)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``; other processes wait, and a killed holder lets go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def java() -> str:
    """Return the `java` to use; raise `EngineUnavailable` when there is none of version 17 or newer."""
    found = shutil.which("java")
    if found is None:
        raise EngineUnavailable("no `java` on the PATH: install a JDK, version 17 or newer")
    said = subprocess.run([found, "-version"], capture_output=True, text=True, timeout=60, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < LEAST_JAVA:
        raise EngineUnavailable(f"`java` is {said.splitlines()[:1]}, not {LEAST_JAVA} or newer: install a newer JDK")
    return found


def built(engine: Engine, builds: Path = BUILDS) -> Path:
    """Return the folder of the built launcher, building it first when its sources changed.

    Raises:
        EngineUnavailable: no Maven, no JDK, or the packages cannot be fetched.
        RuntimeError: the sources do not compile.
    """
    folder = builds / f"{engine.name}-{engine.version}"
    with locked(builds / f"{engine.name}.lock"):
        if not folder.exists():
            _build(engine, folder)
    return folder


def _build(engine: Engine, folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise EngineUnavailable("no `mvn` on the PATH: install Maven 3.8 or newer")
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    log = folder.parent / f"{engine.name}.build.log"
    command = [maven, "--batch-mode", "--no-transfer-progress", f"-Dengine.build={partial}", "package"]
    with log.open("w") as output:
        try:
            code = subprocess.run(
                command,
                cwd=SOURCES / engine.name,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=MAVEN_SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise EngineUnavailable(f"Maven did not end in {MAVEN_SECONDS} s: see {log}") from error
    if code != 0:
        said = log.read_text(errors="replace")
        errors = [line for line in said.splitlines() if "ERROR" in line][:3]
        if "COMPILATION ERROR" in said or "Non-parseable POM" in said:
            raise RuntimeError(f"the launcher of {engine.name} does not compile: see {log}\n" + "\n".join(errors))
        raise EngineUnavailable(f"Maven could not build {engine.name}: see {log}\n" + "\n".join(errors))
    for old in folder.parent.glob(f"{engine.name}-*"):
        if old != partial:
            shutil.rmtree(old, ignore_errors=True)
    partial.rename(folder)
