"""The settings of the loop, with the defaults of the paper where it names one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from autorefine.maintenance import Maintenance, bounded
from autorefine.pattern import Pattern
from autorefine.proportions import Floats
from autorefine.proposer import Proposer
from autorefine.similarity import term_vectors

GATES = ("contract", "replay", "preservation")


@dataclass(frozen=True)
class RefineConfig:
    """How AutoRefine extracts, admits and maintains; every field has a working default.

    Args:
        batch_size: K, extraction runs after every K new trajectories (arXiv 2601.22758, section 3: 10).
        window: so many of the newest trajectories are contrasted; bounds time and memory of a batch.
        false_discovery_rate: share of the admitted skills and procedures that may be chance (Benjamini–Hochberg).
        false_sign_rate: the same for signs; a false one costs a glance where false advice costs an action.
        min_support: fewest runs on each side of a comparison, and fewest that a contrast pattern must be seen in.
        max_length: most actions in a contrast pattern.
        reach: a guarded pattern's first action must come within so many steps after the guard.
        screen: signs are proposed up to this p-value; what is chance among them is for the gates.
        max_signs: most signs that one extraction proposes for all agents together, and for each agent.
        runs_per_sign: no more signs than one for so many runs.
        max_proposals: most new patterns of each kind from one batch.
        confidence: with which a gate refuses, and of the interval by which uses prove a pattern.
        min_held_out: fewest held-out runs on each side before the replay gate looks.
        forbidden: texts that no recommended action may contain, compared without case.
        fault_of: what a host finds wrong with words that a pattern may say, or a language model be told: secrets,
            personal data, orders to a model; in words that do not repeat them, "" when nothing is wrong. Asked about
            each pattern at each look: an answer should be remembered.
        gates: the gates that a pattern has to pass; without any, all that extraction proposes is active at once.
        maintenance: how the repository is kept small and good; ``maintenance.paper()`` is the paper's first way.
        grace_uses: a pattern is not judged by its score before it was used so often (or passed over four times as
            often).
        prune_share: share of the judged active patterns, lowest first, that one maintenance retires (0.2).
        keep_above: a pattern whose score is at least this is never retired for its rank alone; 0 keeps what surely
            makes a difference.
        merge_cosine: two patterns of one kind that are at least so similar become one (0.85).
        proposers: what else proposes candidates, such as ``extract.model.ModelProposer``; they pass the same gates.
        embed: turns guidelines into vectors for merging, one row each; by default term counts.
        active_cap: most active patterns.
        candidate_cap: most candidates.
        evidence_limit: most runs kept as evidence of one pattern, newest last.
    """

    batch_size: int = 10
    window: int = 1_000
    false_discovery_rate: float = 0.1
    false_sign_rate: float = 0.2
    min_support: int = 3
    max_length: int = 3
    reach: int = 3
    screen: float = 0.05
    max_signs: int = 200
    runs_per_sign: int = 10
    max_proposals: int = 20
    confidence: float = 0.95
    min_held_out: int = 5
    forbidden: tuple[str, ...] = ()
    fault_of: Callable[[str], str] = lambda text: ""
    gates: tuple[str, ...] = GATES
    maintenance: Maintenance = field(default_factory=bounded)
    grace_uses: int = 5
    prune_share: float = 0.2
    keep_above: float = 0.0
    merge_cosine: float = 0.85
    proposers: tuple[Proposer, ...] = ()
    embed: Callable[[Sequence[str]], Floats] = term_vectors
    active_cap: int = 200
    candidate_cap: int = 1_000
    evidence_limit: int = 200

    @property
    def judges(self) -> bool:
        """Whether any gate asks held-out runs."""
        return bool({"replay", "preservation"} & set(self.gates))

    @property
    def score(self) -> Callable[[Pattern], float]:
        """What maintenance ranks by."""
        return self.maintenance.score

    def __post_init__(self) -> None:
        if unknown := set(self.gates) - set(GATES):
            raise ValueError(f"RefineConfig.gates: expected any of {GATES}, got {sorted(unknown)}")
        for name in (
            "batch_size",
            "window",
            "min_support",
            "max_length",
            "reach",
            "runs_per_sign",
            "min_held_out",
            "evidence_limit",
        ):
            if getattr(self, name) < 1:
                raise ValueError(f"RefineConfig.{name}: expected at least 1, got {getattr(self, name)}")
        for name in ("false_discovery_rate", "false_sign_rate", "screen", "confidence", "prune_share", "merge_cosine"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"RefineConfig.{name}: expected a share in (0, 1], got {getattr(self, name)}")
