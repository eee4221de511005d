"""What the golden gate said of a generation, as it stands in its record, in a form that can be shown."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from kintsugi.records import Generation
from kintsugi.retrieval.hybrid import Leg

SERVED: Leg = "hybrid"


@dataclass(frozen=True)
class LegSeen:
    """How a leg did: mean scores 0 … 1 (``None`` where the verdict has none), their difference, and Holm's p."""

    leg: Leg
    before: float | None
    after: float | None
    difference: float
    chance: float | None


@dataclass(frozen=True)
class Side:
    """How one generation answered a query: rank of the first relevant document, ``None`` when it was not found."""

    rank: int | None
    titles: tuple[str, ...]


@dataclass(frozen=True)
class LostQuery:
    """A query that the candidate answered worse."""

    query: str
    origin: str
    leg: str
    loss: float
    relevant: tuple[str, ...]
    before: Side
    after: Side


@dataclass(frozen=True)
class Verdict:
    """A verdict in parts.

    Attributes:
        ruling: promote, hold or reject.
        compared_with: the generation that served then; "" where there was none.
        legs: those that were compared, in the order to show.
        numbers: what else it rests on, e.g. how many pairs.
        has_texts: false where queries and titles were left out.
    """

    ruling: str
    reason: str
    at: float | None
    compared_with: str
    legs: tuple[LegSeen, ...]
    numbers: dict[str, float]
    worst: tuple[LostQuery, ...]
    has_texts: bool = True

    def without_texts(self) -> "Verdict":
        """Return it with ranks and losses, and without a word of queries and documents."""
        bare = tuple(
            replace(
                each,
                query="",
                relevant=(),
                before=replace(each.before, titles=()),
                after=replace(each.after, titles=()),
            )
            for each in self.worst
        )
        return replace(self, worst=bare, has_texts=False)


def verdict_of(generation: Generation) -> Verdict | None:
    """Return what the gate said of the generation, ``None`` where it was not asked yet."""
    gate = generation.gate
    if not gate.get("ruling"):
        return None
    numbers = dict(gate.get("numbers", {}))
    legs = tuple(_leg(leg, numbers) for leg in get_args(Leg) if leg in numbers)
    used = {name for leg in get_args(Leg) for name in (leg, f"{leg} p")} | {"before", "after"}
    return Verdict(
        ruling=gate["ruling"],
        reason=gate.get("reason", ""),
        at=gate.get("at"),
        compared_with=gate.get("before", ""),
        legs=legs,
        numbers={name: value for name, value in numbers.items() if name not in used},
        worst=tuple(_lost(each) for each in gate.get("worst", ())),
    )


def _leg(leg: Leg, numbers: Mapping[str, float]) -> LegSeen:
    served = leg == SERVED
    return LegSeen(
        leg=leg,
        before=numbers.get("before") if served else None,
        after=numbers.get("after") if served else None,
        difference=numbers[leg],
        chance=numbers.get(f"{leg} p"),
    )


def _lost(each: Mapping[str, Any]) -> LostQuery:
    return LostQuery(
        query=each.get("query", ""),
        origin=each.get("origin", ""),
        leg=each.get("leg", ""),
        loss=each.get("loss", 0.0),
        relevant=tuple(each.get("relevant", ())),
        before=_side(each.get("before", {})),
        after=_side(each.get("after", {})),
    )


def _side(side: Mapping[str, Any]) -> Side:
    return Side(rank=side.get("rank"), titles=tuple(side.get("titles", ())))
