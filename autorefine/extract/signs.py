"""Signs: what can be seen of a run that still goes on, and how much it says about the end.

A sign is no advice but an outlook: *a name that was refused, used again: 12 of 90 succeed, 60 of 150 otherwise*. It
tells an agent that it is on a good way or that it is stuck, and gives `outlook` what it needs to predict the end.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from autorefine.config import RefineConfig
from autorefine.contrasts import Contrasts, contrasts
from autorefine.evidence import Effect, Evidence, sample, tally
from autorefine.moments import Moments, moments_of
from autorefine.pattern import Pattern, Scope, pattern_id
from autorefine.proportions import benjamini_hochberg
from autorefine.sign_wording import sign_guideline, sign_name
from autorefine.trace import Trace
from autorefine.wording import difference

MIN_RUNS = 30
"""Fewest runs among which signs are looked for."""

_THE_SAME = 0.95


def sign_patterns(traces: Sequence[Trace], config: RefineConfig, now: float) -> list[Pattern]:
    """Return the signs that separate runs which succeed from runs which fail, most certain first.

    Looked for among all agents together, and in each agent that has enough runs, since what is a good sign with one may
    be a bad one with another. In each of these at most ``config.max_signs``, and one for every ``config.runs_per_sign``
    runs, with a p-value of at most ``config.screen`` are taken, of those that show in the same places only the
    strongest; it is the gates that keep chance out, and they find the less the more is asked of few runs. ``q`` is
    adjusted over all signs looked at (Benjamini–Hochberg).
    """
    found: dict[str, Pattern] = {}
    for agents, ours in _scopes(traces):
        table = moments_of(ours, min_support=2 * config.min_support + 2)
        compared = contrasts(table)
        p_values = compared.p()
        q_values = np.array(benjamini_hochberg(p_values.tolist()))
        likely = np.flatnonzero(p_values <= config.screen)
        ranked = likely[np.argsort(-np.abs(compared.z[likely]), kind="stable")]
        most = min(config.max_signs, len(ours) // config.runs_per_sign)
        for column in _telling_apart(table, ranked.tolist())[:most]:
            effect = _effect(compared, column, float(p_values[column]), float(q_values[column]))
            pattern = _pattern(table, column, effect, Scope(agents=agents), now, config)
            known = found.get(pattern.id)
            found[pattern.id] = pattern if known is None else replace(known, scope=known.scope.joined(pattern.scope))
    return list(found.values())


def sign_evidence(table: Moments, column: int) -> tuple[Evidence, ...]:
    """Return all runs as evidence: with the number of the step after which the sign was first seen, or with none."""
    shown = np.flatnonzero(table.present[:, column])
    with_it, first = np.unique(table.run[shown], return_index=True)
    step = dict(zip(with_it.tolist(), (table.moment[shown[first]] - 1).tolist(), strict=True))
    runs = ((run, table.traces[run]) for run in np.unique(table.run).tolist())
    return tuple(
        Evidence(each.id, each.success, (step[run],) if run in step else (), each.stratum) for run, each in runs
    )


def _telling_apart(table: Moments, ranked: Sequence[int]) -> list[int]:
    """Return the columns without those that show (nearly) where a stronger one shows, or where it does not."""
    kept: list[int] = []
    shown = table.present[:, ranked].astype(np.float64)
    shown -= shown.mean(axis=0)
    norms = np.maximum(np.sqrt((shown**2).sum(axis=0)), 1e-12)
    alike = np.abs(shown.T @ shown) / np.outer(norms, norms)
    for place in range(len(ranked)):
        if all(alike[place, earlier] < _THE_SAME for earlier in kept):
            kept.append(place)
    return [ranked[place] for place in kept]


def _scopes(traces: Sequence[Trace]) -> list[tuple[tuple[str, ...], list[Trace]]]:
    """Return all runs, open to every agent, and those of each agent where there are several."""
    agents = sorted({trace.agent for trace in traces})
    scopes: list[tuple[tuple[str, ...], list[Trace]]] = [((), list(traces))]
    if len(agents) > 1:
        scopes += [((agent,), [trace for trace in traces if trace.agent == agent]) for agent in agents]
    return [(agents, ours) for agents, ours in scopes if len(ours) >= MIN_RUNS and len({t.success for t in ours}) == 2]


def _effect(compared: Contrasts, column: int, p: float, q: float) -> Effect | None:
    difference = compared.difference(column)
    return None if difference is None else Effect(difference.size, difference.low, difference.high, p, q)


def _pattern(
    table: Moments, column: int, effect: Effect | None, scope: Scope, now: float, config: RefineConfig
) -> Pattern:
    sign = table.signs[column]
    avoid = effect is not None and effect.size < 0
    evidence = sign_evidence(table, column)
    return Pattern(
        id=pattern_id("sign", (sign,), None, avoid=avoid),
        kind="sign",
        name=sign_name(sign, avoid=avoid),
        guideline=sign_guideline(sign, tally(evidence), difference(effect), avoid=avoid),
        signature=(sign,),
        guard=None,
        avoid=avoid,
        scope=scope,
        evidence=sample(evidence, config.evidence_limit),
        effect=effect,
        machine=None,
        created_at=now,
    )
