"""A process that builds a generation and kills itself at a given write."""

import os
import signal
from pathlib import Path

from kintsugi.index.publish import build
from kintsugi.settings import load_settings
from tests.builders import RUN, FakeClock
from tests.index.crashing import dying_at, opened


def main(home: str, var: str, number: int) -> None:
    settings = load_settings({"KINTSUGI_HOME": home})
    platform = opened(Path(var), settings, FakeClock(1_005_000.0))
    dying, _ = dying_at(platform, number, lambda: os.kill(os.getpid(), signal.SIGKILL))
    build(dying, RUN)
