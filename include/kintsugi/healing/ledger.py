"""The repair ledger of one step: no action without a line, no line without a valid lease and a paid budget."""

from collections.abc import Sequence
from typing import Any

from kintsugi.errors import AGAIN, ConflictError, SafetyError, StaleEpochError
from kintsugi.healing.hold import Hold
from kintsugi.healing.transitions import round_of
from kintsugi.records import Incident, Repair


def lines_of(hold: Hold) -> list[Repair]:
    """Return every ledger line of the incident, oldest first."""
    lines = hold.platform.records.scan(Repair, {"incident": hold.incident_id})
    return sorted(lines, key=lambda line: (line.started_at, line.id))


class Ledger:
    """The lines of one action of one round of an incident, see `kintsugi.healing.transitions.round_of`.

    A line is written with all its items *before* they are touched and completed after: whatever a killed process did
    can be done again or undone from its line.

    Args:
        step: position of the action in the plan.
        allowed: items that this step has paid for; a line beyond that is refused.
    """

    def __init__(self, hold: Hold, incident: Incident, step: int, action: str, allowed: int) -> None:
        self._hold = hold
        self._incident = incident
        self._prefix = f"{incident.id}/{round_of(incident)}/{step:02}/"
        self._action = action
        self._allowed = allowed

    def lines(self) -> list[Repair]:
        """Return the lines of this step, first batch first."""
        lines = self._hold.platform.records.scan(Repair, {"incident": self._incident.id})
        return [line for line in lines if line.id.startswith(self._prefix)]

    def begin(self, items: Sequence[str], arguments: dict[str, Any] | None = None) -> Repair:
        """Write the line of the next batch; only then may its items be touched.

        Raises:
            StaleEpochError: a newer healer has the incident.
            SafetyError: there are more items than were paid for.
        """
        self._hold.keep()
        lines = self.lines()
        begun = sum(len(line.items) for line in lines)
        if begun + len(items) > self._allowed:
            raise SafetyError(
                f"incident {self._incident.id}: {self._action} would touch more than it has a budget for",
                expected=f"at most {self._allowed} items",
                got=f"{begun + len(items)}",
                next_step="nothing more was touched; `kintsugi heal` plans anew",
            )
        line = Repair(
            id=f"{self._prefix}{len(lines):05}",
            incident=self._incident.id,
            action=self._action,
            target=self._incident.target,
            arguments=arguments or {},
            items=tuple(items),
            state="started",
            epoch=self._hold.epoch,
            run=self._hold.run,
            started_at=self._hold.platform.records.now(),
        )
        if not self._hold.platform.records.insert(line):
            raise ConflictError(f"ledger line {line.id}: another process of this healer wrote it", next_step=AGAIN)
        return line.but(version=1)

    def update(self, line: Repair, **changes: Any) -> Repair:
        """Write changes of a line.

        Raises:
            StaleEpochError: a newer healer has the incident, or has written the line.
        """
        self._hold.keep()
        return write_line(self._hold, line, **changes)

    def finish(self, line: Repair, detail: str = "") -> Repair:
        """Complete a line: its items are done."""
        return self.update(line, state="done", detail=detail, ended_at=self._hold.platform.records.now())


def write_line(hold: Hold, line: Repair, **changes: Any) -> Repair:
    """Write a ledger line by compare-and-set, marked with the epoch of this hold."""
    if line.epoch > hold.epoch:
        raise StaleEpochError(
            f"ledger line {line.id}: a newer healer has written it",
            expected=f"epoch {hold.epoch}",
            got=f"epoch {line.epoch}",
            next_step="nothing: this healer stops, the other one goes on",
        )
    return hold.platform.records.replace(line.but(epoch=hold.epoch, **changes))
