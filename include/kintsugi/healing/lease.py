"""Leases with a fencing epoch: one healer at a time, and a late one is found out.

The epoch grows with every acquisition and never falls: a released lease is kept, expired. Whoever writes shows their
epoch, and a smaller one than the lease's is refused (M. Kleppmann, "How to do distributed locking", 2016).
"""

from kintsugi.errors import AGAIN, ConflictError, StaleEpochError
from kintsugi.records import Lease
from kintsugi.stores.records import RecordStore

CAS_TRIES = 8


def lease_name(incident: str) -> str:
    """Return the id of the lease on an incident."""
    return f"incident/{incident}"


def acquire(records: RecordStore, name: str, holder: str, seconds: float) -> Lease:
    """Take the lease for ``seconds`` from now (store time) with a new epoch.

    A holder may take its own lease again, also before it ends: each of its processes gets an epoch of its own, so that
    a zombie of the same run is fenced off like a stranger.

    Raises:
        ConflictError: somebody else holds it, or was faster.
    """
    for _ in range(CAS_TRIES):
        now = records.now()
        current = records.get(Lease, name)
        if current is None:
            records.insert(Lease(id=name, holder="", epoch=0, expires_at=0.0))
            continue
        if current.holder != holder and now < current.expires_at:
            raise ConflictError(
                f"lease {name}: held by {current.holder} for another {current.expires_at - now:.0f} s",
                next_step="wait until it ends or its holder is done",
            ).after(current.expires_at - now)
        try:
            return records.replace(current.but(holder=holder, epoch=current.epoch + 1, expires_at=now + seconds))
        except ConflictError:
            continue
    raise ConflictError(f"lease {name}: others were faster {CAS_TRIES} times", next_step=AGAIN)


def renew(records: RecordStore, lease: Lease, seconds: float) -> Lease:
    """Hold the lease for ``seconds`` from now; also when it has run out, as long as nobody else took it.

    Raises:
        StaleEpochError: somebody else has it now; whatever was about to be written must not be written.
    """
    for _ in range(CAS_TRIES):
        current = records.get(Lease, lease.id)
        if current is None or current.epoch != lease.epoch:
            raise StaleEpochError(
                f"lease {lease.id}: passed on",
                expected=f"epoch {lease.epoch} of {lease.holder}",
                got=f"epoch {current.epoch} of {current.holder}" if current else "no lease",
                next_step="nothing: this healer stops, the other one goes on",
            )
        try:
            return records.replace(current.but(expires_at=max(current.expires_at, records.now() + seconds)))
        except ConflictError:
            continue
    raise ConflictError(f"lease {lease.id}: others were faster {CAS_TRIES} times", next_step=AGAIN)


def release(records: RecordStore, lease: Lease) -> None:
    """Let the lease go; one that has passed on is not touched."""
    current = records.get(Lease, lease.id)
    if current is not None and current.epoch == lease.epoch:
        try:
            records.replace(current.but(expires_at=0.0))
        except ConflictError:
            return
