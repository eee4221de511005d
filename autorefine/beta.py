"""The Beta distribution, as far as the lower bound of a success rate needs it."""

from math import exp, lgamma, log, log1p

_TINY = 1e-300
_PRECISION = 1e-12


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return the value below which a Beta(a, b) variable stays with the given probability; by bisection.

    Raises:
        ValueError: a or b is not positive, or the probability is outside 0..1.
    """
    if a <= 0 or b <= 0 or not 0 <= probability <= 1:
        raise ValueError(f"beta_quantile: expected a, b > 0 and 0 ≤ probability ≤ 1, got {a}, {b}, {probability}")
    low, high = 0.0, 1.0
    while high - low > _PRECISION:
        middle = (low + high) / 2
        if beta_cdf(middle, a, b) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return the probability that a Beta(a, b) variable is at most x (regularised incomplete beta function)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _continued_fraction(x, a, b) / a
    return 1 - front * _continued_fraction(1 - x, b, a) / b


def _continued_fraction(x: float, a: float, b: float) -> float:
    """Evaluate DLMF 8.17.22 by Lentz's method (Press et al., Numerical Recipes, section 6.4)."""
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 1000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
