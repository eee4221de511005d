"""How good a pattern has proved in use."""

from math import log1p

from autorefine.beta import beta_quantile
from autorefine.counters import Counters
from autorefine.evidence import Effect, table_of
from autorefine.pattern import Pattern
from autorefine.proportions import Table, newcombe, turned

PRIOR_TASKS = 2.0
_V1_EPSILON = 0.01


def posterior_score(pattern: Pattern) -> float:
    """Return a lower bound of the difference in success that the pattern makes, −1 … 1.

    Of advice that was used: the lower bound of the success rate with the agent version that it serves best (it earns
    its place when it serves any), less the rate of the runs in its evidence that did otherwise. A rate alone would say
    how easy tasks are. Of advice that nobody used, and of signs, which claim to tell and not to help: what the evidence
    says for sure.
    """
    served = [counters for counters in pattern.counters.values() if counters.used]
    if pattern.kind == "sign" or not served:
        return promise(pattern)
    heeding = heeded(pattern)
    bound = max(lower_bound(counters, heeding) for counters in served)
    return bound - (heeding.otherwise_succeeded + 1) / (heeding.otherwise + 2)


def proved(pattern: Pattern, confidence: float = 0.95) -> bool:
    """Tell whether uses alone show that advice makes a difference with some agent version.

    Compared are its uses whose end is known with the runs of the same version in the evidence that did otherwise, by
    Newcombe's interval (see `proportions.newcombe`), one-sided and shared among the versions (Bonferroni). A version of
    which no such run is known proves nothing: an agent that is good at everything would.
    """
    compared = [
        Table(counters.ended, counters.succeeded, others.otherwise, others.otherwise_succeeded)
        for version, counters in pattern.counters.items()
        if counters.ended and (others := _heeded_by(pattern, version)).otherwise
    ]
    level = 1 - 2 * (1 - confidence) / max(1, len(compared))
    return any(newcombe(table, level).low > 0 for table in compared)


def promise(pattern: Pattern) -> float:
    """Return the end of the effect's interval that is nearer to none, as claimed; −1 without an effect.

    Of held-out runs, where the replay gate has looked at some.
    """
    return _bound(pattern.told, avoid=pattern.avoid)


def promise_as_drawn(pattern: Pattern) -> float:
    """Return the same of the runs that drew the pattern, by which those that no gate has judged are compared."""
    return _bound(pattern.effect, avoid=pattern.avoid)


def _bound(effect: Effect | None, *, avoid: bool) -> float:
    if effect is None:
        return -1.0
    return -effect.high if avoid else effect.low


def heeded(pattern: Pattern) -> Table:
    """Return the counts of the evidence with those as followers who did what the pattern tells to do."""
    return _as_heeded(pattern, pattern.support)


def _heeded_by(pattern: Pattern, version: str) -> Table:
    return _as_heeded(pattern, table_of([item for item in pattern.evidence if item.stratum == version]))


def _as_heeded(pattern: Pattern, table: Table) -> Table:
    return turned(table) if pattern.avoid and pattern.kind != "sign" else table


def lower_bound(counters: Counters, support: Table, confidence: float = 0.95) -> float:
    """Return the lower bound of the Beta posterior of "used, hence succeeded".

    The prior is worth two tasks at the success rate of the evidence's followers, drawn towards one half; without
    evidence it is uniform. So an untried pattern does not score 0, and volume cannot outrank quality.
    """
    return beta_quantile(1 - confidence, *posterior(counters, support))


def posterior(counters: Counters, support: Table) -> tuple[float, float]:
    """Return a and b of the Beta posterior of "used, hence succeeded" with one agent version.

    The evidence counts as `PRIOR_TASKS` tasks at most, however large it is: it was drawn from other tasks, and perhaps
    from another version. So a version never seen starts there, and never from the full counts of another one.
    """
    rate = (support.followed_succeeded + 1) / (support.followed + 2)
    return (
        PRIOR_TASKS * rate + counters.succeeded,
        PRIOR_TASKS * (1 - rate) + counters.used - counters.succeeded,
    )


def score_v1(pattern: Pattern) -> float:
    """Return s/(u+ε) · log(1+u) · (1 + u/(r+ε)) with ε = 0.01 (arXiv 2601.22758 version 1, section 3): the baseline.

    Its known holes: an untried pattern scores 0, and much use outweighs good use.
    """
    used, retrieved, succeeded = pattern.usage.used, pattern.usage.retrieved, pattern.usage.succeeded
    return succeeded / (used + _V1_EPSILON) * log1p(used) * (1 + used / (retrieved + _V1_EPSILON))
