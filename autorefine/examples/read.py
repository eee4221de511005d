"""Reads runs that were written down as chat messages, and says which lines could not be read.

python read.py FILE.jsonl
"""
# ruff: noqa: T201 - an example shows what it found

import sys
from collections import Counter
from pathlib import Path

from autorefine.readers import BadLine, read_messages


def tell(line: BadLine) -> None:
    """Print why a line was skipped."""
    print(f"line {line.number}: {line.reason}", file=sys.stderr)


if __name__ == "__main__":
    with Path(sys.argv[1]).open(encoding="utf-8") as lines:
        ended = Counter(trajectory.success for trajectory in read_messages(lines, tell))
    print(f"{ended[True]} succeeded, {ended[False]} failed, {ended[None]} without a known outcome")
