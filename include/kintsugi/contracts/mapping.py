"""What a change of columns seems to mean: which are agreed ones under new names, and which are new, gone or retyped."""

from collections.abc import Mapping, Sequence

from kintsugi.contracts.similarity import name_similarity, score_of, value_similarity
from kintsugi.documents.identity import digest
from kintsugi.records import Column, ColumnSketch, Pairing, Retyping, SchemaProposal

LEAST = 0.5
"""A pairing below this is none: one column was removed and another one added."""

COMPARED = 10_000
"""With more possible pairings than this none is looked for: the columns count as removed and added."""

SURE = 0.75
"""A pairing of at least this may be accepted by a rule, without a person."""

_UNKNOWN = "unknown"
_OTHER_TYPE = 0.8
_MANY = 20
_WAS_SO, _IS_NOT_SO = 0.98, 0.5


def fingerprint(columns: Sequence[Column]) -> str:
    """Return a digest of names, types and order."""
    return digest("columns", *(f"{each.name}\0{each.type}" for each in columns))


def propose(
    agreed: Sequence[Column],
    known: Mapping[str, ColumnSketch],
    present: Sequence[Column],
    seen: Mapping[str, ColumnSketch],
    mapping: Mapping[str, str],
    *,
    partition: str = "",
    at: float = 0.0,
) -> SchemaProposal:
    """Compare the present columns with the agreed ones; a proposal without changes says that they agree.

    Args:
        agreed: the agreed columns.
        known: their sketches, by agreed name.
        present: the columns as they are, under the source's names.
        seen: their sketches, by present name.
        mapping: from present to agreed names, as agreed on so far.
        partition: where they were seen.
        at: when, store time.
    """
    wanted = {each.name: each for each in agreed}
    stands = _standing(present, wanted, mapping)
    found = set(stands.values())
    lost = [name for name in wanted if name not in found]
    new = [each for each in present if each.name not in stands]
    pairs = _pairs([wanted[name] for name in lost], new, known, seen)
    stands |= {each.present: each.agreed for each in pairs}
    found = set(stands.values())
    types = {each.name: each for each in present}
    return SchemaProposal(
        fingerprint=fingerprint(present),
        present=tuple(present),
        pairs=tuple(pairs),
        added=tuple(each.name for each in new if each.name not in stands),
        removed=tuple(name for name in lost if name not in found),
        retyped=tuple(
            Retyping(column=name, before=before, now=now)
            for own, name in stands.items()
            if (change := _retyped(wanted[name], types[own], known.get(name), seen.get(own)))
            for before, now in [change]
        ),
        mapping={own: name for own, name in stands.items() if own != name},
        sketches=dict(seen),
        partition=partition,
        at=at,
    )


def agreed_columns(proposal: SchemaProposal, mapping: Mapping[str, str]) -> tuple[Column, ...]:
    """Return the present columns under the names that the mapping gives them."""
    return tuple(Column(name=mapping.get(each.name, each.name), type=each.type) for each in proposal.present)


def was_compared(proposal: SchemaProposal) -> bool:
    """Return whether renamings were looked for; there may have been too many columns."""
    return bool(proposal.pairs) or len(proposal.removed) * len(proposal.added) <= COMPARED


def _standing(present: Sequence[Column], wanted: Mapping[str, Column], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return which present columns stand for which agreed ones: by their own names first, else as was agreed on."""
    stands = {each.name: each.name for each in present if each.name in wanted}
    for each in present:
        name = mapping.get(each.name, "")
        if name in wanted and name not in stands.values():
            stands[each.name] = name
    return stands


def _pairs(
    lost: Sequence[Column],
    new: Sequence[Column],
    known: Mapping[str, ColumnSketch],
    seen: Mapping[str, ColumnSketch],
) -> list[Pairing]:
    """Return an assignment one to one, the best pairing first; none where there are more than `COMPARED` to look at."""
    if len(lost) * len(new) > COMPARED:
        return []
    every = (_pairing(before, now, known.get(before.name), seen.get(now.name)) for before in lost for now in new)
    possible = [each for each in every if each.score >= LEAST]
    found: list[Pairing] = []
    used: set[tuple[str, str]] = set()
    for each in sorted(possible, key=lambda each: (-each.score, each.agreed, each.present)):
        ends = {("present", each.present), ("agreed", each.agreed)}
        if not ends & used:
            used |= ends
            found.append(each)
    return found


def _pairing(before: Column, now: Column, known: ColumnSketch | None, seen: ColumnSketch | None) -> Pairing:
    names = name_similarity(before.name, now.name)
    values = value_similarity(known, seen) if known and seen else None
    distinct = min(known.distinct, seen.distinct) if known and seen else 0
    score = score_of(names, values, distinct) * (1.0 if _fits(before.type, now.type) else _OTHER_TYPE)
    return Pairing(
        present=now.name,
        agreed=before.name,
        score=round(score, 3),
        names=round(names, 3),
        values=None if values is None else round(values, 3),
    )


def _retyped(
    before: Column, now: Column, known: ColumnSketch | None, seen: ColumnSketch | None
) -> tuple[str, str] | None:
    """Return the types before and now where they don't fit.

    A column of text tells its type by its values only: what nearly all of many values read as, and few do now.
    """
    if not _fits(before.type, now.type):
        return (before.type, now.type)
    if known is None or seen is None or min(known.values, seen.values) < _MANY:
        return None
    look, share = max(known.looks.items(), key=lambda each: each[1])
    still = seen.looks.get(look, 0.0) + (seen.looks.get("integer", 0.0) if look == "number" else 0.0)
    widened = seen.looks.get("number", 0.0) + still if look == "integer" else still
    if look == "text" or share < _WAS_SO or widened > _IS_NOT_SO:
        return None
    other = max(seen.looks.items(), key=lambda each: each[1])[0]
    return (f"{before.type} that reads as {look}", f"{now.type} that reads as {other}")


def _fits(agreed: str, now: str) -> bool:
    """Return whether values of type ``now`` may stand where ``agreed`` was: an integer is a number, and may become one.

    Types of queries are read off their first rows, and may be wide in one run and narrow in the next.
    """
    return agreed == now or _UNKNOWN in (agreed, now) or {agreed, now} == {"integer", "number"}


def widened(known: Sequence[Column], present: Sequence[Column]) -> tuple[Column, ...]:
    """Return the present columns, each with the wider of the two types that fit each other."""
    before = {each.name: each.type for each in known}
    return tuple(Column(name=each.name, type=_wider(before.get(each.name, each.type), each.type)) for each in present)


def _wider(agreed: str, now: str) -> str:
    if agreed == _UNKNOWN:
        return now
    return "number" if "number" in (agreed, now) else agreed
