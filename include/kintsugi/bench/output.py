"""What every benchmark reports: flat rows, the machine and the commit."""

import os
import platform as machine
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

Row = dict[str, str | int | float | None]

MEASURED = ("apache-airflow", "lancedb", "sentence-transformers", "torch", "onnxruntime", "numpy", "pandas")


@dataclass(frozen=True)
class Result:
    """A benchmark's name and rows; `to_dict` adds where it ran."""

    bench: str
    rows: tuple[Row, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the object that ``--json`` prints."""
        return {"bench": self.bench, "rows": list(self.rows), "machine": machine_of_this(), "commit": commit()}


def machine_of_this() -> dict[str, Any]:
    """Return processor, cores and versions."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "versions": {"python": machine.python_version(), **_versions()},
    }


def commit() -> str:
    """Return the commit that was measured, with ``+`` when files differ from it; "" outside of a checkout."""
    folder = Path(__file__).parent
    try:
        head = _git(folder, "rev-parse", "--short", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head + ("+" if changed else "")


def columns(rows: Sequence[Row]) -> list[str]:
    """Return the keys of all rows, in the order in which they appear."""
    return list(dict.fromkeys(key for row in rows for key in row))


def shown(value: str | int | float | None) -> str:
    """Return a value as a person reads it in a table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 1 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else value


def _versions() -> dict[str, str]:
    installed = {each.metadata["Name"]: each.version for each in metadata.distributions()}
    return {name: installed[name] for name in MEASURED if name in installed}


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return machine.processor() or machine.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else machine.machine()
