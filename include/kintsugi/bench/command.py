"""Commands that a benchmark runs as a user would."""

import subprocess
import sys
from collections.abc import Mapping, Sequence

from kintsugi.errors import TransientError

PATIENCE = 600


def kintsugi(environment: Mapping[str, str], *arguments: str) -> str:
    """Run `kintsugi` with this environment; return what it prints."""
    return run([sys.executable, "-m", "kintsugi.cli.main", *arguments], environment)


def run(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run a command with this environment; return what it prints.

    Raises:
        TransientError: it failed; the message has its last words.
    """
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        raise TransientError(
            f"benchmark: {' '.join(command[-2:])} ended with {done.returncode}",
            got=done.stderr[-1500:],
            next_step="run it by hand with the same KINTSUGI_VAR",
        )
    return done.stdout
