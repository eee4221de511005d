"""Run every layer of tests and print a summary by layer. A layer that fails, or holds no test, fails the whole."""

import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
NOT_TESTED = "ENGINE NOT TESTED"  # begins the reason of a test that was skipped for want of an engine
SIDE_BY_SIDE = ["-n", "2", "--dist", "worksteal"]  # neighbours stay together: what a file's tests share is made once
UNIT = ["tests", "--ignore=tests/airflow", "--ignore=tests/e2e", *SIDE_BY_SIDE]
LAYERS = {
    "unit": [*UNIT, "-m", "not engines"],
    "engines": [*UNIT, "-m", "engines"],
    "airflow": ["tests/airflow", *SIDE_BY_SIDE],
    "e2e": ["tests/e2e"],
}
ON_DISK = frozenset({"e2e"})
"""Layers whose files lie where a user's do; the others sync some seventy times a test, and a disk waits each time."""

MEMORY = Path("/dev/shm")
ENOUGH = 4 << 30
"""Bytes that have to be free in `MEMORY`: what the tests leave is less than one gigabyte."""

COUNTED = ("tests", "failures", "errors", "skipped")


@dataclass(frozen=True)
class Layer:
    """How one layer ended; ``untested`` are those of the skipped that wanted an engine which could not be started."""

    name: str
    passed: int
    failed: int
    skipped: int
    untested: int
    seconds: float
    exit_code: int

    @property
    def holds(self) -> bool:
        """Whether it ran something, or was allowed not to, and all of it passed."""
        return self.exit_code == 0 and self.failed == 0 and (self.passed > 0 or self.untested > 0)

    @property
    def mark(self) -> str:
        """What to say beside its figures."""
        if not self.holds:
            return "   <- does not hold"
        return f"   <- {self.untested} SKIPPED: AN ENGINE COULD NOT BE STARTED, see above" if self.untested else ""


def read_layer(name: str, report: Path, seconds: float, exit_code: int) -> Layer:
    """Read pytest's own report of a layer."""
    suite = next(ElementTree.parse(report).iter("testsuite")) if report.exists() else ElementTree.Element("none")
    found = {key: int(suite.get(key, "0")) for key in COUNTED}
    untested = sum(NOT_TESTED in each.get("message", "") for each in suite.iter("skipped"))
    failed = found["failures"] + found["errors"]
    passed = found["tests"] - failed - found["skipped"]
    return Layer(name, passed, failed, found["skipped"], untested, seconds, exit_code)


def place_for(name: str) -> Path | None:
    """Return where a layer's temporary files go: into memory, if there is enough; ``None`` is the usual place."""
    if name in ON_DISK or not os.access(MEMORY, os.W_OK) or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return None
    return MEMORY if shutil.disk_usage(MEMORY).free >= ENOUGH else None


def run_layer(name: str) -> Layer:
    """Run pytest once."""
    begun = time.monotonic()
    place = place_for(name)
    with TemporaryDirectory(prefix="k-", dir=place, ignore_cleanup_errors=True) as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *LAYERS[name]]
        environment = dict(os.environ)
        if place:
            Path(folder).chmod(0o711)  # some tests go on as another user
            environment["TMPDIR"] = folder
            command.append(f"--basetemp={folder}/t")  # the path of a socket has to be short
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        return read_layer(name, report, time.monotonic() - begun, code)


def main(wanted: list[str]) -> int:
    """Run the wanted layers (all by default); return the exit code."""
    layers = [run_layer(name) for name in wanted or LAYERS]
    lines = [f"\n{'layer':<10}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}"]
    for each in layers:
        lines.append(f"{each.name:<10}{each.passed:>8}{each.failed:>8}{each.skipped:>9}{each.seconds:>9.0f}{each.mark}")
    totals = [sum(getattr(each, key) for each in layers) for key in ("passed", "failed", "skipped")]
    lines.append(f"\n{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if all(each.holds for each in layers) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
