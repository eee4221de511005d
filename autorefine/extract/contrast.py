"""Contrast patterns: what successful runs did and failed runs did not.

Contrastive extraction of arXiv 2601.22758, section 3. Runs are compared only within one version of one agent. Two kinds
of advice come out: *do A (before B)* in general, and *after E do A* or *after E avoid A* for situations. Advice to
avoid is given only about the very next action after a situation: a run that fails goes on for longer and so repeats
everything, which makes whatever takes time look harmful (immortal time; Suissa, Am J Epidemiol 2008).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autorefine.config import RefineConfig
from autorefine.evidence import gather, measure, sample, tally
from autorefine.extract.mine import Mined, mine
from autorefine.match import Guard
from autorefine.pattern import Pattern, Scope, pattern_id
from autorefine.proportions import Difference, Floats, Table, benjamini_hochberg, exact_p, matched_difference, z_value
from autorefine.symbols import generalises
from autorefine.trace import Trace
from autorefine.wording import difference, skill_guideline, skill_name

_WORTH_AN_EXACT_TEST = 0.3
_MOST_COMPARED = 200

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class _Finding:
    mined: Mined
    difference: Difference
    p: float
    q: float

    @property
    def avoid(self) -> bool:
        return self.difference.size < 0

    @property
    def strength(self) -> float:
        """The end of the interval that is nearer to no difference."""
        return -self.difference.high if self.avoid else self.difference.low


def contrast_patterns(traces: Sequence[Trace], config: RefineConfig, now: float) -> list[Pattern]:
    """Return the skills that the runs support, most certain first; none when all succeeded or all failed.

    Every distinct sequence is tested exactly and the p-values are adjusted together (Benjamini–Hochberg), so at most a
    share ``config.false_discovery_rate`` of what is returned is expected to be chance. Of two findings of which one
    says the same in fewer or more general words, only the one with the stronger bound is kept.
    """
    traces = [trace for trace in traces if trace.actions]
    if len({trace.success for trace in traces}) < 2:
        return []
    mined = mine(traces, max_length=config.max_length, reach=config.reach, min_support=config.min_support)
    significant = [finding for finding in _tested(traces, mined) if finding.q <= config.false_discovery_rate]
    strongest = _without_paraphrases(sorted(significant, key=_certainty)[:_MOST_COMPARED])
    return [_pattern(traces, finding, now, config) for finding in strongest[: config.max_proposals]]


def _tested(traces: Sequence[Trace], mined: Sequence[Mined]) -> list[_Finding]:
    if not mined:
        return []
    names = sorted({trace.stratum for trace in traces})
    strata = np.array([[trace.stratum == name for name in names] for trace in traces], dtype=np.int64)
    success = np.array([trace.success for trace in traces], dtype=np.int64)[:, None]
    followed = np.array([found.followed for found in mined], dtype=np.int64)
    otherwise = np.array([found.eligible & ~found.followed for found in mined], dtype=np.int64)
    counts = np.stack(
        [followed @ strata, followed @ (strata * success), otherwise @ strata, otherwise @ (strata * success)]
    )
    promising = np.abs(_normal_scores(counts)) >= z_value(1 - _WORTH_AN_EXACT_TEST)
    tables = [[Table(*map(int, counts[:, row, column])) for column in range(len(names))] for row in range(len(mined))]
    p_values = [
        exact_p(strata_tables, one_sided=found.guard is None) if worth else 1.0
        for found, strata_tables, worth in zip(mined, tables, promising, strict=True)
    ]
    return [
        _Finding(found, difference, p, q)
        for found, strata_tables, p, q in zip(mined, tables, p_values, benjamini_hochberg(p_values), strict=True)
        if q < 1 and (difference := matched_difference(strata_tables)) is not None and _is_fair(found, difference)
    ]


def _is_fair(found: Mined, difference: Difference) -> bool:
    """Tell whether the difference can be read as advice: only the very next action can be advised against."""
    next_action = found.guard is not None and found.guard.reach == 1 and len(found.signature) == 1
    return difference.size > 0 or (difference.size < 0 and next_action)


def _normal_scores(counts: Counts) -> Floats:
    """Return the Mantel–Haenszel z of each sequence; exact tests are spent only where it is not near zero.

    Leaving the others at p = 1 can only make fewer discoveries, never more.
    """
    followed, followed_succeeded, otherwise, otherwise_succeeded = counts.astype(np.float64)
    total = followed + otherwise
    succeeded = followed_succeeded + otherwise_succeeded
    failed = total - succeeded
    safe = np.maximum(total, 2)
    surplus = (followed_succeeded - followed * succeeded / safe).sum(axis=1)
    variance = (followed * otherwise * succeeded * failed / (safe**2 * (safe - 1))).sum(axis=1)
    scores: Floats = np.divide(surplus, np.sqrt(variance), out=np.zeros_like(surplus), where=variance > 0)
    return scores


def _without_paraphrases(findings: Sequence[_Finding]) -> list[_Finding]:
    kept: list[_Finding] = []
    for finding in sorted(findings, key=lambda finding: (-finding.strength, _certainty(finding))):
        if not any(_paraphrases(finding, other) or _paraphrases(other, finding) for other in kept):
            kept.append(finding)
    return sorted(kept, key=_certainty)


def _paraphrases(general: _Finding, specific: _Finding) -> bool:
    """Tell whether ``specific`` says what ``general`` says, with more actions or at a more specific level."""
    return (
        general.avoid == specific.avoid
        and _covers(general.mined.guard, specific.mined.guard)
        and _is_within(general.mined.signature, specific.mined.signature)
    )


def _covers(general: Guard | None, specific: Guard | None) -> bool:
    return general is None or (specific is not None and generalises(general.symbol, specific.symbol))


def _is_within(general: Sequence[str], specific: Sequence[str]) -> bool:
    remaining = iter(specific)
    return all(any(generalises(symbol, candidate) for candidate in remaining) for symbol in general)


def _certainty(finding: _Finding) -> tuple[float, float, tuple[str, ...], str]:
    guard = finding.mined.guard
    return finding.p, -finding.strength, finding.mined.signature, guard.symbol if guard else ""


def _pattern(traces: Sequence[Trace], finding: _Finding, now: float, config: RefineConfig) -> Pattern:
    guard, signature, avoid = finding.mined.guard, finding.mined.signature, finding.avoid
    evidence = gather(traces, guard, signature)
    effect = measure(evidence, finding.q)
    followers = {item.trajectory for item in evidence if item.steps}
    return Pattern(
        id=pattern_id("skill", signature, guard, avoid=avoid),
        kind="skill",
        name=skill_name(signature, guard, avoid=avoid),
        guideline=skill_guideline(signature, guard, tally(evidence), difference(effect), avoid=avoid),
        signature=signature,
        guard=guard,
        avoid=avoid,
        scope=Scope(agents=tuple(sorted({trace.agent for trace in traces if trace.id in followers}))),
        evidence=sample(evidence, config.evidence_limit),
        effect=effect,
        machine=None,
        created_at=now,
    )
