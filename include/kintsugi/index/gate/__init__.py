"""The golden gate: a new generation is served only when it answers known questions no worse than the one before."""

from kintsugi.index.gate.compare import judge, keep_golden_vectors
from kintsugi.index.gate.queries import GoldenQuery, golden_queries
from kintsugi.index.gate.verdict import Comparison, GateVerdict, verdict_on

__all__ = [
    "Comparison",
    "GateVerdict",
    "GoldenQuery",
    "golden_queries",
    "judge",
    "keep_golden_vectors",
    "verdict_on",
]
