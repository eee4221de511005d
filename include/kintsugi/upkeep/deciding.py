"""One decision at a time about what is hidden: two at once could each count on the document that the other hides."""

from collections.abc import Iterator
from contextlib import contextmanager

from kintsugi.errors import ConflictError
from kintsugi.healing.lease import acquire, release
from kintsugi.platform import Platform
from kintsugi.records import Lease
from kintsugi.records.upkeep import Proposal


@contextmanager
def deciding(platform: Platform, proposal: Proposal, by: str) -> Iterator[Lease]:
    """Hold the lease on what is hidden while this proposal is applied or taken back.

    Who was killed while deciding may go on at once; others wait until the lease, of ``healing.lease`` seconds, ends.

    Raises:
        ConflictError: somebody else is deciding, or has moved the proposal since it was read.
    """
    lease = acquire(platform.records, "upkeep", f"{by}/{proposal.id}", platform.settings.healing.lease)
    try:
        stored = platform.records.get(Proposal, proposal.id)
        if stored is None or stored.version != proposal.version:
            raise ConflictError(
                f"proposal {proposal.id}: somebody else moved it",
                expected=proposal.state,
                got=stored.state if stored else "it is gone",
                next_step="look at it again",
            )
        yield lease
    finally:
        release(platform.records, lease)
