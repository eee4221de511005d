"""Which runs are kept away from extraction, so that gates can judge by them."""

import hashlib
from collections.abc import Sequence

from autorefine.trace import Trace


def is_held_out(group: str, share: float) -> bool:
    """Tell whether runs of this group are held out: by a hash of its name, so the answer is the same for ever.

    Whole groups go to one side: runs that share a database, a target or an hour share what made them succeed.
    """
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big") < share * 2**64


def split(traces: Sequence[Trace], share: float) -> tuple[list[Trace], list[Trace]]:
    """Return the runs for extraction and the held-out ones, each in the order given."""
    held_out = [is_held_out(trace.group, share) for trace in traces]
    return (
        [trace for trace, kept in zip(traces, held_out, strict=True) if not kept],
        [trace for trace, kept in zip(traces, held_out, strict=True) if kept],
    )
