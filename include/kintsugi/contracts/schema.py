"""The columns that were agreed on for a source, and what happens when it has others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from kintsugi.contracts.drift import SchemaDrift
from kintsugi.contracts.mapping import SURE, agreed_columns, propose, was_compared, widened
from kintsugi.contracts.proposal_words import in_a_sentence
from kintsugi.contracts.sketch import sketches_of
from kintsugi.errors import AGAIN, ConflictError, TerminalError
from kintsugi.platform import Platform
from kintsugi.records import Column, ColumnSketch, RunRef, SchemaProposal, SourceSchema
from kintsugi.sources.config import load_sources
from kintsugi.sources.port import Source, Tabular
from kintsugi.stores.records import RecordStore

SAMPLED = 200
"""Rows that a sketch is made of."""

_FEW_VALUES = 20
_HISTORY = 20
_CAS_TRIES = 8


@dataclass(frozen=True)
class Held:
    """A source of rows that was held against what was agreed on.

    Attributes:
        columns: what it has, under the agreed names; empty for a source that has no columns.
        renamed: whether a rule has just agreed on other names: the source has to be opened again to have them.
    """

    columns: tuple[str, ...] = ()
    renamed: bool = False


def schema_of(platform: Platform, source: str) -> SourceSchema | None:
    """Return what was agreed for the source, and what is proposed; ``None`` before its first partition."""
    return platform.records.get(SourceSchema, source)


def hold_to_schema(platform: Platform, source: Source, partition: str, run: RunRef) -> Held:
    """Hold a source of rows against the columns that were agreed on; the first time they are agreed on silently.

    What is only in another order, or of a wider type, is recorded. Any other difference is accepted where the source's
    entry says so (``accept_drift``), and is kept as a proposal where it does not.

    Raises:
        SchemaDrift: the columns differ, and nobody has accepted that yet.
        SourceUnavailable: the source did not tell its columns.
        ConflictError: other runs agreed on something else at the same time.
    """
    if not isinstance(source, Tabular):
        return Held()
    present = _unique(source.columns(partition))
    rows = [{_storable(name): value for name, value in row.items()} for row in source.sample(partition, SAMPLED)]
    seen = sketches_of(rows, [each.name for each in present])
    records, now = platform.records, platform.records.now()
    known = records.get(SourceSchema, source.name)
    if known is None:
        first = SourceSchema(
            id=source.name, columns=present, sketches=seen, accepted_by="first", accepted_at=now, run=run
        )
        if not present or records.insert(first):
            return Held(tuple(each.name for each in present))
        known = records.get(SourceSchema, source.name) or first
    proposal = propose(known.columns, known.sketches, present, seen, known.mapping, partition=partition, at=now)
    if not proposal.changes:
        _note(records, known, proposal, run)
        return Held(tuple(proposal.mapping.get(each.name, each.name) for each in present))
    if _allowed(platform, source.name, proposal):
        after = _decided(
            records, source.name, proposal, proposal.mapping, "rule", run, lambda it: _undecided(it, known, proposal)
        )
        return Held(tuple(each.name for each in after.columns), after.mapping != known.mapping)
    if known.proposal is None or known.proposal.fingerprint != proposal.fingerprint:
        _changed(records, source.name, lambda it: it.but(proposal=proposal.model_dump()))
    raise SchemaDrift(
        f"source {source.name}, partition {partition}: its columns changed",
        expected=", ".join(each.name for each in known.columns)[:500],
        got=in_a_sentence(proposal),
        next_step="approve the proposed mapping in Airflow (Required Actions of the run of `heal`), "
        "or give the source its columns back; what is held is then replayed",
    )


def accept(
    platform: Platform,
    source: str,
    mapping: Mapping[str, str] | None,
    by: str,
    run: RunRef,
    *,
    fingerprint: str = "",
) -> SourceSchema:
    """Agree on the columns as they were last seen; return what is agreed on now.

    Args:
        platform: whose records keep it.
        source: the source's name.
        mapping: from the source's present names to agreed ones, where they differ; ``None`` takes the proposed one.
        by: who decides.
        run: in which run.
        fingerprint: of the columns that were decided about; "" for whatever is proposed.

    Raises:
        TerminalError: nothing is proposed, or something else; or the mapping does not fit the columns.
    """
    proposal = _waiting(source, schema_of(platform, source), fingerprint)
    chosen = dict(proposal.mapping if mapping is None else mapping)
    _require_fitting(source, proposal, chosen)
    still = proposal.fingerprint
    return _decided(platform.records, source, proposal, chosen, by, run, lambda it: _waiting(source, it, still))


def restore(records: RecordStore, before: SourceSchema, run: RunRef) -> SourceSchema:
    """Put back what was agreed on before, the proposal included."""
    return _changed(
        records,
        before.id,
        lambda it: before.but(run=run, history=(*it.history, _line(records, "undo", "put back what was agreed on"))),
    )


def _waiting(source: str, known: SourceSchema | None, fingerprint: str) -> SchemaProposal:
    """Return the proposal that waits for a decision; "" is the fingerprint of any."""
    proposal = known.proposal if known else None
    if proposal is None or (fingerprint and proposal.fingerprint != fingerprint):
        raise TerminalError(
            f"source {source}: no such change of columns waits for a decision",
            expected="the columns that were decided about",
            got=in_a_sentence(proposal) if proposal else "columns as agreed on",
            next_step="run the held partition again; it says what differs now",
        )
    return proposal


def _undecided(now: SourceSchema, known: SourceSchema, proposal: SchemaProposal) -> bool:
    """Return whether what the proposal was made out by still stands; false where it has been agreed on since."""
    if (now.columns, now.mapping) == (known.columns, known.mapping):
        return True
    if (now.columns, now.mapping) == (agreed_columns(proposal, proposal.mapping), proposal.mapping):
        return False
    raise ConflictError(f"source {now.id}: other columns were agreed on at the same time", next_step=AGAIN)


def _decided(
    records: RecordStore,
    source: str,
    proposal: SchemaProposal,
    mapping: Mapping[str, str],
    by: str,
    run: RunRef,
    open_for: Callable[[SourceSchema], object],
) -> SourceSchema:
    """Agree on the proposed columns, if ``open_for`` says of what is stored that this is still to be done."""
    what = in_a_sentence(proposal)

    def agreed(it: SourceSchema) -> SourceSchema:
        if not open_for(it):
            return it
        return it.but(
            columns=agreed_columns(proposal, mapping),
            mapping={own: name for own, name in mapping.items() if own != name},
            sketches={mapping.get(name, name): each for name, each in proposal.sketches.items()},
            accepted_by=by,
            accepted_at=records.now(),
            run=run,
            proposal=None,
            history=(*it.history, _line(records, by, what)),
        )

    after = _changed(records, source, agreed)
    structlog.get_logger().warning("schema.accepted", source=source, by=by, what=what, run=str(run))
    return after


def _note(records: RecordStore, known: SourceSchema, proposal: SchemaProposal, run: RunRef) -> None:
    """Record what is no drift: another order, wider types, values where there were hardly any; that a drift ended."""
    names = proposal.mapping
    columns = widened(known.columns, agreed_columns(proposal, names))
    sketches = _better(known.sketches, {names.get(name, name): each for name, each in proposal.sketches.items()})
    if (columns, sketches, None) == (known.columns, known.sketches, known.proposal):
        return
    history = known.history
    if columns != known.columns:
        told = ", ".join(f"{each.name} {each.type}" for each in columns)[:500]
        history = (*history, _line(records, "order or types", told))
    try:
        records.replace(known.but(columns=columns, sketches=sketches, proposal=None, history=history, run=run))
    except ConflictError:
        return  # another run of the source has just said the same; if it hasn't, the next one will


def _better(known: Mapping[str, ColumnSketch], seen: Mapping[str, ColumnSketch]) -> dict[str, ColumnSketch]:
    """Return the known sketches, those of hardly any values replaced by ones of more."""
    few = {name for name, each in known.items() if each.values < _FEW_VALUES}
    return {
        name: seen[name] if name in few and name in seen and seen[name].values > each.values else each
        for name, each in known.items()
    }


def _allowed(platform: Platform, source: str, proposal: SchemaProposal) -> bool:
    """Return whether the source's entry allows all of the changes.

    A renaming that is a guess, or that nobody looked for, is a person's; so is a table without any column.
    """
    entry = load_sources(platform.settings).sources.get(source)
    rule = frozenset(entry.accept_drift) if entry else frozenset()
    sure = bool(proposal.present) and was_compared(proposal) and all(each.score >= SURE for each in proposal.pairs)
    return sure and proposal.kinds <= rule


def _require_fitting(source: str, proposal: SchemaProposal, mapping: Mapping[str, str]) -> None:
    present = [each.name for each in proposal.present]
    unknown = sorted(set(mapping) - set(present))
    names = [mapping.get(name, name) for name in present]
    twice = sorted({name for name in names if names.count(name) > 1 or not name})
    if unknown or twice:
        raise TerminalError(
            f"source {source}: the mapping does not fit its columns",
            expected="from names of present columns to names that are all different",
            got=f"no column {', '.join(unknown)}" if unknown else f"two columns for {', '.join(twice)}",
            next_step="the present columns are " + ", ".join(present)[:500],
        )


def _changed(records: RecordStore, source: str, how: Callable[[SourceSchema], SourceSchema]) -> SourceSchema:
    for _ in range(_CAS_TRIES):
        before = records.get(SourceSchema, source)
        if before is None:
            break
        after = how(before)
        try:
            return records.replace(after.but(version=before.version, history=after.history[-_HISTORY:]))
        except ConflictError:
            continue
    raise ConflictError(f"source {source}: its agreed columns change all the time", next_step=AGAIN)


def _line(records: RecordStore, by: str, what: str) -> dict[str, object]:
    return {"at": records.now(), "by": by, "what": what[:1000]}


def _unique(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return the columns with names that can be stored; of two of one name the first."""
    named: dict[str, str] = {}
    for each in columns:
        named.setdefault(_storable(each.name), each.type)
    return tuple(Column(name=name, type=kind) for name, kind in named.items())


def _storable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode()
