"""The gates: what a pattern has to pass before it is active. Each is a pure function that gives a `Verdict`."""

from autorefine.gates.contract import contract
from autorefine.gates.preservation import preservation
from autorefine.gates.replay import replay

__all__ = ["contract", "preservation", "replay"]
