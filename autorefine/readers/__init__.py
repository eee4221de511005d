"""Readers of what other systems wrote down: one function a format, lines in, trajectories out.

Each takes text lines and a function that is told of every line that cannot be read, with its number and the reason; all
others go on. Everything but OpenTelemetry's traces (which wait on disk until they are whole) is read one run at a time.
"""

from autorefine.readers.airflow import read_airflow
from autorefine.readers.episodes import read_episodes
from autorefine.readers.failures import Failure, read_failures
from autorefine.readers.intercode import read_intercode
from autorefine.readers.lines import BadLine
from autorefine.readers.messages import read_messages
from autorefine.readers.otel import read_otel
from autorefine.readers.steps import read_steps

__all__ = [
    "BadLine",
    "Failure",
    "read_airflow",
    "read_episodes",
    "read_failures",
    "read_intercode",
    "read_messages",
    "read_otel",
    "read_steps",
]
