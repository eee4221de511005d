"""What a detector found in a text, without the thing itself."""

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["secret", "personal", "injection", "invisible", "poisoning"]
KINDS: tuple[Kind, ...] = get_args(Kind)
IN_A_TEXT: frozenset[Kind] = frozenset(KINDS) - {"poisoning"}
"""What one text alone can show; poisoning takes many."""


@dataclass(frozen=True, order=True)
class Finding:
    """Something sensitive or hostile at ``text[start:end]``; it never carries a secret or a person's data.

    Attributes:
        start: offset of its first character.
        end: offset after its last character; greater than ``start``.
        kind: what kind of thing.
        detector: which detector, in words, e.g. ``AWS Access Key`` or ``payment card``.
        masked: what may be shown and stored: at most the last 2 characters of a secret; an injection's own words.
        confidence: 0 to 1; how sure the detector is, not how bad it would be.
    """

    start: int
    end: int
    kind: Kind
    detector: str
    masked: str
    confidence: float


def masked(value: str) -> str:
    """Return what may be shown of a value: its last two characters, or nothing of a short one."""
    return "…" + value[-2:] if len(value) >= 8 else "…"
