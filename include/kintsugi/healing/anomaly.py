"""What a detector reports."""

from dataclasses import dataclass, field
from enum import StrEnum

SHOWN = 50
"""Evidence names at most this many items, so that an incident stays small however large the damage is."""


class Severity(StrEnum):
    """How bad it is for those who ask: nothing yet, answers with gaps, no answers."""

    NOTICE = "notice"
    DEGRADED = "degraded"
    OUTAGE = "outage"


@dataclass(frozen=True)
class Anomaly:
    """Something is wrong with one target.

    Attributes:
        kind: name of the detector that saw it.
        target: what is wrong, e.g. a generation or a source; with ``kind`` it names the incident.
        summary: one sentence for a person.
        evidence: the first `SHOWN` items that are wrong.
        numbers: the figures behind it, e.g. ``{"missing": 3, "share": 0.02}``.
    """

    kind: str
    target: str
    severity: Severity
    summary: str
    evidence: tuple[str, ...] = ()
    numbers: dict[str, float] = field(default_factory=dict)
