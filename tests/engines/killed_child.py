"""A process on real engines that kills itself at a given step."""

import json
import os
import signal
from pathlib import Path

from tests.engines.dying import ACTS, dying, first
from tests.engines.platforms import Real, platform_on


def main(home: str, engines: str, generations: str, act: str, step: str, after: str) -> None:
    """Do the act and die at that step: no handler, no flush, no goodbye to the servers."""
    platform = platform_on(Real(**json.loads(engines)), Path(home), **json.loads(generations))
    dies, _ = dying(platform, first(step, after), lambda: os.kill(os.getpid(), signal.SIGKILL))
    ACTS[act](dies)
