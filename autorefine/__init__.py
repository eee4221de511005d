"""AutoRefine: expertise with evidence, drawn from what agents did and how it ended.

`AutoRefine` takes `Trajectory` objects, contrasts those that succeeded with those that failed, and keeps `Pattern`
objects in a `PatternRepository`: *skills* (do or avoid this, after that) and *subagents* (procedures with states). A
pattern is active only when gates have confirmed it on groups of runs that it was not drawn from. No language model is
needed.
"""

from autorefine.config import RefineConfig
from autorefine.counters import Counters
from autorefine.evidence import Effect, Evidence
from autorefine.export import pattern_markdown, skill_markdown
from autorefine.loop import AutoRefine
from autorefine.pattern import Pattern
from autorefine.report import Decision, RefineReport
from autorefine.repository import InMemoryRepository, LoopState, PatternRepository, VersionConflict
from autorefine.trajectory import Step, Trajectory
from autorefine.usage import record_usage
from autorefine.verdict import Verdict

__all__ = [
    "AutoRefine",
    "Counters",
    "Decision",
    "Effect",
    "Evidence",
    "InMemoryRepository",
    "LoopState",
    "Pattern",
    "PatternRepository",
    "RefineConfig",
    "RefineReport",
    "Step",
    "Trajectory",
    "Verdict",
    "VersionConflict",
    "pattern_markdown",
    "record_usage",
    "skill_markdown",
]
