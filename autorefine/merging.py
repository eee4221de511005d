"""Two patterns that say the same become one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from autorefine.config import RefineConfig
from autorefine.counters import Counters
from autorefine.evidence import union
from autorefine.lifecycle import MAINTENANCE, with_evidence
from autorefine.pattern import Pattern
from autorefine.similarity import cosines
from autorefine.verdict import Verdict


def merged(patterns: Sequence[Pattern], config: RefineConfig, n: int) -> list[Pattern]:
    """Merge active patterns that say the same; a task that both served counts once. See `merged_by`."""
    return merged_by(patterns, config, n, lambda kept, absorbed: _largest(kept.counters, absorbed.counters))


def merged_by(
    patterns: Sequence[Pattern], config: RefineConfig, n: int, join: Callable[[Pattern, Pattern], dict[str, Counters]]
) -> list[Pattern]:
    """Merge active patterns of one kind whose guidelines have a cosine of at least ``config.merge_cosine``.

    ``join`` makes one set of counters of two. Signs are never merged: each is a column of its own for `outlook`.
    The one with the higher score stays; the other becomes its parent and is retired. The most similar pairs come first.
    The changed patterns come in the order in which they have to be written: who absorbs before who is absorbed, so that
    a loop that is killed in between does it again.
    """
    active = sorted((p for p in patterns if p.state == "active" and p.kind != "sign"), key=lambda p: p.id)
    if len(active) < 2:
        return []
    similar = cosines(config.embed([p.guideline for p in active]))
    pairs = sorted(
        (not _are_one_already(active[i], active[j]), -float(similar[i, j]), active[i].id, active[j].id)
        for i in range(len(active))
        for j in range(i + 1, len(active))
        if _are_one_already(active[i], active[j])
        or (similar[i, j] >= config.merge_cosine and say_the_same_kind_of_thing(active[i], active[j]))
    )
    standing = {p.id: p for p in active}
    changed: list[Pattern] = []
    for _, distance, one, other in pairs:
        if one in standing and other in standing:
            both = standing[one], standing[other]
            kept, absorbed = sorted(both, key=lambda p: (not _has_absorbed(p, both), -config.score(p), p.id))
            standing[kept.id] = _absorbing(kept, absorbed, join(kept, absorbed), config)
            del standing[absorbed.id]
            reason = f"says the same as {kept.id} (cosine {-distance:.2f}), which has the higher score"
            verdict = Verdict(MAINTENANCE, "refuse", reason, {"n": float(n), "cosine": -distance})
            changed += [standing[kept.id], replace(absorbed.ruled(verdict), state="retired")]
    return changed


def say_the_same_kind_of_thing(one: Pattern, other: Pattern) -> bool:
    """Tell whether merging would keep the sense: same kind, situation and direction, shared actions in the same order.

    Similarity of words alone cannot tell *A before B* from *B before A*, nor advice to do from advice to avoid.
    """
    shared = set(one.signature) & set(other.signature)
    return (one.kind, one.avoid, one.guard) == (other.kind, other.avoid, other.guard) and [
        symbol for symbol in one.signature if symbol in shared
    ] == [symbol for symbol in other.signature if symbol in shared]


def _are_one_already(one: Pattern, other: Pattern) -> bool:
    """Tell whether one has absorbed the other, in a loop that was killed before it could retire that one."""
    return _has_absorbed(one, (other,)) or _has_absorbed(other, (one,))


def _has_absorbed(pattern: Pattern, others: Sequence[Pattern]) -> bool:
    return any(other.id in pattern.parents for other in others)


def _absorbing(kept: Pattern, absorbed: Pattern, counters: dict[str, Counters], config: RefineConfig) -> Pattern:
    return replace(
        with_evidence(kept, union(absorbed.evidence, kept.evidence, config.evidence_limit)),
        counters=counters,
        parents=tuple(dict.fromkeys((*kept.parents, absorbed.id))),
    )


def _largest(one: Mapping[str, Counters], other: Mapping[str, Counters]) -> dict[str, Counters]:
    """Join counters without counting a task twice: both may have served the same one, so those of more uses stand."""
    return {
        name: max(one.get(name, Counters()), other.get(name, Counters()), key=lambda each: (each.used, each.retrieved))
        for name in dict.fromkeys((*other, *one))  # the newest last
    }
