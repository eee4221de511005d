"""AutoRefine: expertise with evidence, drawn from what agents did and how it ended.

`AutoRefine` takes `Trajectory` objects, contrasts those that succeeded with those that failed, and keeps `Pattern`
objects in a `PatternRepository`: *skills* (do or avoid this, after that), *subagents* (procedures with states) and
*signs* (what can be seen of a run that goes on, and how it then ends). A pattern is active only when gates have
confirmed it on groups of runs that it was not drawn from. What was decided is in the repository's history, and can be
taken back. No language model is needed.
"""

from autorefine.attribution import Attribution, attribute
from autorefine.audit import AuditEntry
from autorefine.choose import choose
from autorefine.config import RefineConfig
from autorefine.counters import Counters
from autorefine.evidence import Effect, Evidence
from autorefine.export import pattern_markdown, patterns_json, skill_markdown, write_skills
from autorefine.importing import BadSkill, read_patterns_json, read_skills
from autorefine.lineage import UnknownPattern, descendants, restore, retire, roll_back
from autorefine.loop import AutoRefine
from autorefine.maintenance import Maintenance
from autorefine.naming import distinctive_terms
from autorefine.outcome import Outcome
from autorefine.pattern import Pattern
from autorefine.report import Decision, RefineReport
from autorefine.repository import InMemoryRepository, LearningRepository, LoopState, PatternRepository, VersionConflict
from autorefine.revisions import revisions
from autorefine.trajectory import Step, Trajectory
from autorefine.usage import record_usage
from autorefine.verdict import Verdict

__all__ = [
    "Attribution",
    "AuditEntry",
    "AutoRefine",
    "BadSkill",
    "Counters",
    "Decision",
    "Effect",
    "Evidence",
    "InMemoryRepository",
    "LearningRepository",
    "LoopState",
    "Maintenance",
    "Outcome",
    "Pattern",
    "PatternRepository",
    "RefineConfig",
    "RefineReport",
    "Step",
    "Trajectory",
    "UnknownPattern",
    "Verdict",
    "VersionConflict",
    "attribute",
    "choose",
    "descendants",
    "distinctive_terms",
    "pattern_markdown",
    "patterns_json",
    "read_patterns_json",
    "read_skills",
    "record_usage",
    "restore",
    "retire",
    "revisions",
    "roll_back",
    "skill_markdown",
    "write_skills",
]
