"""Filters that every engine understands: equality, membership and comparisons on declared fields, joined by *and*."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AtLeast:
    """Field ≥ ``value``."""

    value: float | int | str


@dataclass(frozen=True)
class Below:
    """Field < ``value``."""

    value: float | int | str


@dataclass(frozen=True)
class OneOf:
    """Field equals one of ``values``; no values match nothing."""

    values: tuple[Any, ...]


Where = Mapping[str, Any]
"""``{field: value}``: a plain value (equality; ``None`` means missing), `AtLeast`, `Below` or `OneOf`."""
