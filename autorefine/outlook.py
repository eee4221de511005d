"""How will this run end? Predicted from patterns alone, for a run that still goes on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autorefine.match import match
from autorefine.pattern import Pattern
from autorefine.proportions import Floats
from autorefine.trace import Trace

RIDGE = 10.0
_INTERCEPT_RIDGE = 0.5
_NEARBY = 0.25
_STEPS = 25
_PRECISION = 1e-6
_LARGEST = 30.0


@dataclass(frozen=True)
class Outlook:
    """A logistic model over the patterns that a run shows, for one agent version at one moment.

    Attributes:
        patterns: what is looked for.
        stratum: the agent version.
        moment: after how many steps.
        weights: log odds of each pattern; [patterns].
        base: log odds where none shows.
    """

    patterns: tuple[Pattern, ...]
    stratum: str
    moment: int
    weights: Floats
    base: float

    def chance(self, traces: Sequence[Trace]) -> Floats:
        """Return the chance that each run succeeds, as seen at the moment; [runs]."""
        shown = features(self.patterns, traces, self.moment)
        return _logistic(self.base + shown @ self.weights)


def fit(patterns: Sequence[Pattern], traces: Sequence[Trace], stratum: str, moment: int) -> Outlook:
    """Learn what patterns weigh from runs whose end is known.

    A ridge-penalised logistic regression (Hoerl & Kennard 1970; le Cessie & van Houwelingen 1992) on the runs of all
    agent versions that go on at this moment, those of the neighbouring moments counting a quarter. Every pattern has a
    weight that all agent versions share and one of its own for ``stratum`` ("frustratingly easy" domain adaptation,
    Daumé, ACL 2007, section 3), so that an agent with few runs leans on the others. The level of each agent version and
    moment is its own.

    Args:
        patterns: what may be used; nothing else of a run is.
        traces: runs to learn from.
        stratum: the agent version for which will be predicted.
        moment: after how many steps.
    """
    blocks, successes, importance, levels, own = [], [], [], [], []
    for at, weight in ((moment - 1, _NEARBY), (moment, 1.0), (moment + 1, _NEARBY)):
        going = [trace for trace in traces if trace.length > at >= 1]
        if not going:
            continue
        blocks.append(features(patterns, going, at))
        successes += [trace.success for trace in going]
        importance += [weight] * len(going)
        levels += [f"{trace.stratum} {at}" for trace in going]
        own += [trace.stratum == stratum for trace in going]
    names = sorted({*levels, f"{stratum} {moment}"})
    if not blocks:
        return Outlook(tuple(patterns), stratum, moment, np.zeros(len(patterns)), 0.0)
    shown = np.concatenate(blocks)
    mine = shown * np.array(own, dtype=np.float64)[:, None]
    level = np.array([[name == each for each in names] for name in levels], dtype=np.float64)
    penalty = np.repeat([RIDGE, RIDGE, _INTERCEPT_RIDGE], [shown.shape[1], shown.shape[1], len(names)])
    weights = _ridge_logistic(
        np.concatenate([shown, mine, level], axis=1),
        np.array(successes, dtype=np.float64),
        np.array(importance, dtype=np.float64),
        penalty,
    )
    count = len(patterns)
    base = float(weights[2 * count + names.index(f"{stratum} {moment}")])
    return Outlook(tuple(patterns), stratum, moment, weights[:count] + weights[count : 2 * count], base)


def pooled(rates: Sequence[float], level: float) -> float:
    """Return one chance from the success rates of all patterns that a run shows, each 0 … 1 and neither.

    The logarithmic opinion pool with equal weights (Genest & Zidek, Statistical Science 1986, section 3): the mean of
    their log odds; ``level`` where there are none. Nothing is learnt from runs here, so it is worth what the rates are.
    """
    if not rates:
        return level
    odds = np.array(rates) / (1 - np.array(rates))
    return float(_logistic(np.log(odds).mean()))


def features(patterns: Sequence[Pattern], traces: Sequence[Trace], moment: int) -> Floats:
    """Return what the runs show of the patterns after so many steps, 0 or 1; [runs, patterns].

    A sign shows when it can be seen; a skill or a procedure when the run has followed it so far.
    """
    shown = np.zeros((len(traces), len(patterns)))
    for row, trace in enumerate(traces):
        seen = trace.signs[moment - 1] if moment <= len(trace.signs) else frozenset()
        for column, pattern in enumerate(patterns):
            if pattern.kind == "sign":
                shown[row, column] = pattern.signature[0] in seen
            else:
                steps = match(trace, pattern.guard, pattern.signature).steps
                shown[row, column] = bool(steps) and steps[-1] < moment
    return shown


def _ridge_logistic(rows: Floats, success: Floats, importance: Floats, penalty: Floats) -> Floats:
    """Minimise the weighted log-loss plus half the penalised squares, by Newton's method with halved steps."""
    weights = np.zeros(rows.shape[1])
    loss = _loss(rows, success, importance, penalty, weights)
    for _ in range(_STEPS):
        chance = _logistic(rows @ weights)
        gradient = rows.T @ (importance * (chance - success)) + penalty * weights
        curvature = rows.T @ (rows * (importance * chance * (1 - chance))[:, None]) + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        share = 1.0
        while share > _PRECISION and _loss(rows, success, importance, penalty, weights - share * step) > loss:
            share /= 2
        weights = weights - share * step
        before, loss = loss, _loss(rows, success, importance, penalty, weights - 0.0)
        if before - loss <= _PRECISION * max(1.0, before):
            break
    return weights


def _loss(rows: Floats, success: Floats, importance: Floats, penalty: Floats, weights: Floats) -> float:
    odds = rows @ weights
    return float((importance * (np.logaddexp(0, odds) - success * odds)).sum() + (penalty * weights**2).sum() / 2)


def _logistic(odds: Floats) -> Floats:
    chance: Floats = 1 / (1 + np.exp(-np.clip(odds, -_LARGEST, _LARGEST)))
    return chance
