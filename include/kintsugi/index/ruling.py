"""What is known of a candidate before any golden query is asked: a person's word, and what was said before."""

from collections.abc import Mapping
from typing import Any

from kintsugi.index.gate import GateVerdict
from kintsugi.platform import Platform
from kintsugi.records import Generation, Pointer


def known_ruling(
    platform: Platform, pointer: Pointer | None, candidate: Generation, *, asked: bool
) -> GateVerdict | None:
    """Return the verdict on this candidate that needs no golden queries; ``None``: ask them."""
    left = platform.records.get(Generation, pointer.withdrawn) if pointer and pointer.withdrawn else None
    alike = left is not None and (left.fingerprint, left.pipeline) == (candidate.fingerprint, candidate.pipeline)
    return ruling_without_asking(pointer, candidate, alike, asked=asked)


def ruling_without_asking(
    pointer: Pointer | None, candidate: Generation, alike: bool, *, asked: bool
) -> GateVerdict | None:
    """Return the verdict that needs no golden queries; ``None``: ask them. Pure.

    A person's choice stands until a person changes it, or the settings. What was rejected beside the present
    generation stays rejected beside it: to ask again at each publish would be to wait for luck.

    Args:
        pointer: as it is now.
        candidate: with what the gate said before.
        alike: whether the candidate is of the embedding and pipeline of the generation that the person did not want.
        asked: whether a person asked for this candidate.
    """
    if pointer is None or asked:
        return None
    if pointer.withdrawn and alike:
        reason = (
            f"a person chose {pointer.generation} over {pointer.withdrawn}; `kintsugi generations promote "
            f"{candidate.id}` serves it, or set embedding and chunks as they are in {pointer.generation}"
        )
        return GateVerdict("hold", reason, candidate.gate.get("numbers", {}), tuple(candidate.gate.get("worst", ())))
    if candidate.gate.get("ruling") == "reject" and candidate.gate.get("before") == pointer.generation:
        return _stored(candidate)
    return None


def _stored(generation: Generation) -> GateVerdict:
    gate: Mapping[str, Any] = generation.gate
    return GateVerdict(gate["ruling"], gate["reason"], gate["numbers"], tuple(gate["worst"]))
