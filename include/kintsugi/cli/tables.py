"""Tables and lines that nothing is cut from: folded in a terminal, wide in a file."""

import os
import sys

from rich.console import Console
from rich.table import Column

WIDE = 200
"""Columns of a table that goes into a file."""


def wide_console() -> Console:
    """Return the console of standard output: as wide as its terminal, or as COLUMNS says, else `WIDE`."""
    return Console(width=None if sys.stdout.isatty() or os.environ.get("COLUMNS") else WIDE)


def line_console() -> Console:
    """Return the console of standard output for lines of text, which are broken in a terminal only."""
    return Console(soft_wrap=not sys.stdout.isatty(), highlight=False)


def folding(*names: str) -> list[Column]:
    """Return columns whose long words go on in the next line."""
    return [Column(name, overflow="fold") for name in names]
