"""Which runs draw a pattern and which ones judge it: two halves that share no group."""

import hashlib
from collections import Counter
from collections.abc import Sequence

from autorefine.trace import Trace

Halves = tuple[list[Trace], list[Trace]]


def in_second_half(group: str) -> bool:
    """Tell to which half a group belongs: by a hash of its name, so the answer is the same for ever.

    Whole groups go to one side: runs that share a database, a target or an hour share what made them succeed.
    """
    return bool(hashlib.sha256(group.encode()).digest()[0] & 1)


def hashed_halves(traces: Sequence[Trace]) -> Halves:
    """Return the runs of each half, in the order given; a group stays where it is, whatever else comes."""
    return (
        [trace for trace in traces if not in_second_half(trace.group)],
        [trace for trace in traces if in_second_half(trace.group)],
    )


def balanced_halves(traces: Sequence[Trace]) -> Halves:
    """Return the runs in two parts of like size that share no group; the same for the same runs, in any order."""
    sizes = Counter(trace.group for trace in traces)
    first: set[str] = set()
    load = [0, 0]
    for group in sorted(sizes, key=lambda group: (-sizes[group], group)):
        side = int(load[1] < load[0])
        load[side] += sizes[group]
        if side == 0:
            first.add(group)
    return [t for t in traces if t.group in first], [t for t in traces if t.group not in first]
