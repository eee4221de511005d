"""The whole platform, started once for this layer in a folder of its own, as a user starts it."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
START = 600
PATIENCE = 180


@dataclass
class Running:
    """The platform as a user meets it: commands, the REST API, and files."""

    var: Path
    environment: dict[str, str]
    report: dict[str, Any]
    http: httpx.Client | None = None

    def kintsugi(self, *arguments: str, code: int = 0, timeout: float = PATIENCE) -> str:
        command = [str(Path(sys.executable).parent / "kintsugi"), *arguments]
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False
        )
        assert done.returncode == code, f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def json(self, *arguments: str, timeout: float = PATIENCE) -> Any:
        return json.loads(self.kintsugi(*arguments, "--json", timeout=timeout))

    @property
    def secrets(self) -> dict[str, Any]:
        return json.loads((self.var / "secrets.json").read_text())

    @property
    def api(self) -> httpx.Client:
        """A client that is logged in to Airflow."""
        if self.http is None:
            known = self.secrets
            login = {"username": known["admin_user"], "password": known["admin_password"]}
            token = httpx.post(f"{known['api_url']}/auth/token", json=login).json()["access_token"]
            self.http = httpx.Client(
                base_url=known["api_url"], headers={"Authorization": f"Bearer {token}"}, timeout=60
            )
        return self.http

    def dump(self, *arguments: str) -> dict[str, Any]:
        return json.loads(self.kintsugi("index", "dump", "--digest", *arguments))

    def eventually(self, condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(0.5)
        raise AssertionError(f"{what} did not happen within {patience} s")


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """`kintsugi up` with its main job; at the end `kintsugi down`."""
    with tempfile.TemporaryDirectory(prefix="k-e2e-") as folder:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("KINTSUGI_", "AIRFLOW"))}
        environment = {**clean, "KINTSUGI_HOME": str(ROOT), "KINTSUGI_VAR": folder}
        platform = Running(Path(folder), environment, {})
        try:
            platform.report = platform.json("up", timeout=START)
            yield platform
        finally:
            platform.kintsugi("down")
