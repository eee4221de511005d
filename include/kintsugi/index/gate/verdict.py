"""What the gate says: a pure decision on pairs of answers.

A generation is *rejected* when a leg loses more than is tolerated, and more than chance explains (one-sided
randomisation test, Holm's correction for the three legs). The legs are judged apart because a good one hides a dead
one in the fused ranking. It is *held* when a leg loses more than is tolerated but chance might explain it: absence of
evidence is not evidence of absence (Altman and Bland, BMJ 1995). Otherwise it is *promoted*. Significance alone never
rejects: among many queries, a loss that nobody would notice is significant. A query that neither side answers says
nothing of a difference and is not counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kintsugi.index.gate.asking import LEGS, Outcome
from kintsugi.index.gate.query import GoldenQuery
from kintsugi.index.gate.randomisation import chance_of_loss, holm
from kintsugi.retrieval.hybrid import Leg
from kintsugi.settings import GenerationSettings

SERVED: Leg = "hybrid"
WORST = 10
OVERRULE = "`kintsugi generations promote` overrules"


@dataclass(frozen=True)
class GateVerdict:
    """What the gate says, why, and on which numbers; ``flipped`` is whether readers were switched over.

    ``worst`` has the queries that lost most in the leg that decided, worst first, as plain JSON: ``query``, ``origin``,
    ``leg``, ``loss``, ``relevant`` (names of documents), and ``before`` and ``after`` with ``rank`` and ``titles``.
    """

    ruling: Literal["promote", "hold", "reject"]
    reason: str
    numbers: Mapping[str, float]
    worst: tuple[Mapping[str, Any], ...] = ()
    flipped: bool = False

    def __str__(self) -> str:
        numbers = ", ".join(f"{name} {value:g}" for name, value in self.numbers.items())
        return f"{self.ruling}: {self.reason}" + (f" ({numbers})" if numbers else "")

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "ruling": self.ruling,
            "reason": self.reason,
            "numbers": dict(self.numbers),
            "worst": [dict(each) for each in self.worst],
            "flipped": self.flipped,
        }


@dataclass(frozen=True)
class Comparison:
    """A query and how both generations answered it, leg by leg."""

    query: GoldenQuery
    before: Mapping[Leg, Outcome]
    after: Mapping[Leg, Outcome]

    @property
    def tells(self) -> bool:
        """Whether either side found a relevant document, in whichever leg."""
        return any(outcome.score > 0 for side in (self.before, self.after) for outcome in side.values())

    def difference(self, leg: Leg) -> float:
        """Return the gain in score, −1 … 1."""
        return self.after[leg].score - self.before[leg].score


@dataclass(frozen=True)
class _Change:
    leg: Leg
    mean: float
    chance: float


def verdict_on(pairs: Sequence[Comparison], limits: GenerationSettings, rng: np.random.Generator) -> GateVerdict:
    """Decide on answers to the same queries; ``rng`` serves the randomisation test."""
    asked, pairs = pairs, [each for each in pairs if each.tells]
    numbers: dict[str, float] = {"pairs": len(pairs)}
    if len(pairs) < limits.gate_fewest:
        answered = "could be asked of both" if len(asked) < limits.gate_fewest else "were answered by either"
        reason = f"fewer than {limits.gate_fewest} queries {answered}; {OVERRULE}"
        return GateVerdict("hold", reason, numbers)
    changes = _changes(pairs, rng)
    numbers |= _numbers(pairs, changes)
    too_much = [each for each in changes if -each.mean > limits.gate_tolerance]
    proven = [each for each in too_much if each.chance <= limits.gate_alpha]
    if proven:
        worst = min(proven, key=lambda each: each.mean)
        legs = ", ".join(each.leg for each in proven)
        reason = f"{legs}: what has to be found is found worse than before, beyond chance; {OVERRULE}"
        return GateVerdict("reject", reason, numbers, worst_of(pairs, worst.leg))
    if too_much:
        worst = min(too_much, key=lambda each: each.mean)
        legs = ", ".join(each.leg for each in too_much)
        reason = f"{legs}: perhaps worse than before; {len(pairs)} queries can't tell the loss from chance; {OVERRULE}"
        return GateVerdict("hold", reason, numbers, worst_of(pairs, worst.leg))
    return GateVerdict("promote", "golden queries are answered no worse than before", numbers)


def worst_of(pairs: Sequence[Comparison], leg: Leg) -> tuple[dict[str, Any], ...]:
    """Return at most `WORST` queries that lost in this leg, the greatest weighted loss first."""
    lost = [each for each in pairs if each.difference(leg) < 0]
    lost.sort(key=lambda each: (each.query.weight * each.difference(leg), each.query.text))
    return tuple(
        {
            "query": each.query.text,
            "origin": each.query.origin,
            "leg": leg,
            "loss": round(-each.difference(leg), 4),
            "relevant": sorted(each.query.grades),
            "before": {"rank": each.before[leg].rank, "titles": list(each.before[leg].titles)},
            "after": {"rank": each.after[leg].rank, "titles": list(each.after[leg].titles)},
        }
        for each in lost[:WORST]
    )


def _changes(pairs: Sequence[Comparison], rng: np.random.Generator) -> list[_Change]:
    weights = np.array([each.query.weight for each in pairs])
    weights /= weights.sum()
    weighted = [weights * np.array([each.difference(leg) for each in pairs]) for leg in LEGS]
    chances = holm([chance_of_loss(each, rng) for each in weighted])
    return [_Change(leg, float(each.sum()), p) for leg, each, p in zip(LEGS, weighted, chances, strict=True)]


def _numbers(pairs: Sequence[Comparison], changes: Sequence[_Change]) -> dict[str, float]:
    weights = [each.query.weight for each in pairs]
    numbers = {
        name: round(float(np.average([side[SERVED].score for side in sides], weights=weights)), 4)
        for name, sides in (
            ("before", [each.before for each in pairs]),
            ("after", [each.after for each in pairs]),
        )
    }
    for each in changes:
        numbers |= {each.leg: round(each.mean, 4), f"{each.leg} p": round(each.chance, 4)}
    return numbers
