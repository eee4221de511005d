"""Reading a number as people write it: with a sign before it, a unit behind it, or digits in groups."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_QUANTITY = re.compile(
    r"(?P<bound>[<>≤≥~≈]{0,2})\s?"
    r"(?P<prefix>[^\w\s+.-]{0,2}|[A-Za-z]{3} )\s?"
    r"(?P<number>[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?|[+-]?\.\d+)"
    r"(?P<suffix>\s*[^\d\s+.,:/_-][^\d]*|)"
)

_NOISY = 15
"""Characters from which a decimal number was printed in full rather than written."""


@dataclass(frozen=True)
class Quantity:
    """A number with what is written around it.

    Attributes:
        bound: ``<`` where the value is less than the number, and the like: part of what is said, not of how.
        prefix: e.g. ``$``.
        digits: the number as it is written.
        gap: the space before the suffix.
        suffix: e.g. ``oz.``, without the gap.
    """

    bound: str
    prefix: str
    digits: str
    gap: str
    suffix: str

    @property
    def number(self) -> float:
        """The number without its unit."""
        return float(self.digits.replace(",", ""))

    @property
    def notation(self) -> tuple[str, str]:
        """Prefix and suffix: what a column should write in one way."""
        return self.prefix, self.suffix

    @property
    def grouped(self) -> bool:
        """Whether digits stand in groups, as in ``1,234``."""
        return "," in self.digits

    @property
    def plain(self) -> str:
        """The number alone as it is written, but for noise of binary fractions as in ``0.05600000000000001``."""
        digits = self.digits.replace(",", "")
        return f"{self.number:.12g}" if len(digits) > _NOISY and "." in digits else digits


def quantity(value: str) -> Quantity | None:
    """Return the value as a number with its unit; ``None`` when it isn't one number."""
    found = _QUANTITY.fullmatch(value.strip())
    if found is None:
        return None
    behind, suffix = found["suffix"], found["suffix"].strip()
    gap = behind[: len(behind) - len(behind.lstrip())]
    return Quantity(found["bound"], found["prefix"].strip(), found["number"], gap, suffix)


def quantities(values: Iterable[str]) -> dict[str, Quantity]:
    """Return those of the values that are one number each."""
    return {value: read for value in values if (read := quantity(value)) is not None}
