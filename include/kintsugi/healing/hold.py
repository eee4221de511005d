"""A healer's right to write about one incident."""

from dataclasses import dataclass
from typing import Any

import structlog

from kintsugi.errors import StaleEpochError
from kintsugi.healing.incidents import change, get_incident
from kintsugi.healing.lease import acquire, lease_name, release, renew
from kintsugi.healing.transitions import moved
from kintsugi.platform import Platform
from kintsugi.records import Incident, Lease, RunRef
from kintsugi.records.healing import IncidentState


@dataclass(frozen=True)
class Hold:
    """A lease on an incident, and the writes that it allows.

    The epoch stands in the incident itself from the moment the lease is taken: a write by an older epoch loses its
    compare-and-set, reads again, finds a newer epoch and is refused. No clock decides that.
    """

    platform: Platform
    incident_id: str
    run: RunRef
    lease: Lease

    @property
    def epoch(self) -> int:
        """The fencing epoch of this hold."""
        return self.lease.epoch

    def incident(self) -> Incident:
        """Return the incident as it is stored now.

        Raises:
            StaleEpochError: a newer healer has written it.
        """
        return self._fenced(get_incident(self.platform.records, self.incident_id))

    def move(self, to: IncidentState, note: str = "", **changes: Any) -> Incident:
        """Write the incident's next state.

        Raises:
            StaleEpochError: a newer healer has it.
            TerminalError: the state may not follow the present one.
        """
        at = self.platform.records.now()
        after = self._change(lambda it: moved(it, to, at=at, run=self.run, note=note, **changes))
        structlog.get_logger().info(
            "incident_moved", incident=self.incident_id, state=to, note=note, epoch=self.epoch, run=str(self.run)
        )
        return after

    def note(self, **changes: Any) -> Incident:
        """Write fields of the incident without changing its state.

        Raises:
            StaleEpochError: a newer healer has it.
        """
        return self._change(lambda it: it.but(**changes, changed_at=self.platform.records.now()))

    def keep(self, seconds: float = 0.0) -> None:
        """Show a sign of life: hold on for ``seconds`` and the usual lease on top.

        Raises:
            StaleEpochError: the lease has passed to somebody else.
        """
        renew(self.platform.records, self.lease, seconds + self.platform.settings.healing.lease)

    def let_go(self) -> None:
        """Release the lease."""
        release(self.platform.records, self.lease)

    def _change(self, how: Any) -> Incident:
        return change(self.platform.records, self.incident_id, lambda it: how(self._fenced(it)))

    def _fenced(self, incident: Incident) -> Incident:
        if incident.epoch > self.epoch:
            raise StaleEpochError(
                f"incident {incident.id}: a newer healer has taken over",
                expected=f"epoch {self.epoch}",
                got=f"epoch {incident.epoch}",
                next_step="nothing: this healer stops, the other one goes on",
            )
        return incident


def take(platform: Platform, incident_id: str, run: RunRef) -> Hold:
    """Take hold of an incident in the name of a run: its dag and run id, whatever the task.

    Raises:
        ConflictError: another run holds it.
        TerminalError: there is no such incident.
    """
    records = platform.records
    get_incident(records, incident_id)
    lease = acquire(records, lease_name(incident_id), _holder(run), platform.settings.healing.lease)
    hold = Hold(platform, incident_id, run, lease)
    change(records, incident_id, lambda it: it.but(epoch=lease.epoch) if hold._fenced(it).epoch < lease.epoch else None)
    return hold


def let_go(platform: Platform, incident_id: str, run: RunRef) -> None:
    """Release what this run holds of the incident, so that the next attempt need not wait for the lease to end."""
    lease = platform.records.get(Lease, lease_name(incident_id))
    if lease is not None and lease.holder == _holder(run):
        release(platform.records, lease)


def _holder(run: RunRef) -> str:
    return f"{run.dag}/{run.run_id}"
