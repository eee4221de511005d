"""A target that holds what this very platform left there when it moved away: said so, and never overwritten."""

from datetime import UTC, datetime

from kintsugi.errors import TerminalError
from kintsugi.platform import Platform
from kintsugi.records import INSTALLATION, Document, Installation
from kintsugi.stores.place import place_of, shown
from kintsugi.stores.records import RecordStore


def is_a_copy(source: RecordStore, target: RecordStore) -> bool:
    """Return whether both say that they are the same platform's."""
    here, there = source.get(Installation, INSTALLATION), target.get(Installation, INSTALLATION)
    return here is not None and there is not None and here.key == there.key


def indexes_at(source: Platform, target: Platform) -> list[str]:
    """Return the names of the source's indexes at the target, where an earlier move may have left some."""
    index = Platform(target.settings).using(records=source.records).index
    try:
        return index.names()
    finally:
        index.close()


def copy_of_records(source: Platform, target: Platform, found: str) -> TerminalError:
    """Return the error for a target with another state of the source's records; ``found`` is the first difference.

    Only what is no newer than the source is called an older copy, with the commands that empty it.
    """
    place, here = shown(target.settings, place_of(target.settings)), _last_change(source.records)
    there = _last_change(target.records)
    if there > here:
        return TerminalError(
            "migrate: the target holds this platform's own records, newer than those here",
            expected=f"an empty target; the last change here was at {_said(here)}",
            got=f"a change at {_said(there)}, in {place.records}",
            next_step=f"to go on there, move {source.settings.records_path} away and keep the settings; "
            "else name another mongo.database, then `kintsugi migrate`",
        )
    commands, others = [], []
    if target.settings.mongo.uri:
        commands.append(f"`mongosh '{place.records}' --eval 'db.dropDatabase()'`")
        others.append("mongo.database")
    if source.index is not target.index and target.settings.opensearch.url and (indexes := indexes_at(source, target)):
        commands.append(_deletion(target, indexes))
        others.append("opensearch.prefix")
    emptied = f"empty it with {' and '.join(commands)} (and your login and options)" if commands else "move it away"
    other = f", or name another {' and '.join(others)}" if others else ""
    return TerminalError(
        "migrate: the target holds this platform's own older copy, from an earlier move",
        expected="an empty target: what the copy alone holds would be lost",
        got=f"{found}, in {place.records}",
        next_step=f"where nobody needs the copy, {emptied}{other}; then `kintsugi migrate`",
    )


def copy_of_indexes(target: Platform, names: list[str]) -> TerminalError:
    """Return the error for a target that has indexes of this platform."""
    place = shown(target.settings, place_of(target.settings))
    return TerminalError(
        "migrate: the target has indexes of this platform, from an earlier move or in use from another folder",
        expected="none of them",
        got=f"{', '.join(names)}, in {place.index}",
        next_step=f"where nobody works with them, remove them with {_deletion(target, names)} (and your login), or "
        "name another opensearch.prefix; then `kintsugi migrate`",
    )


def _deletion(target: Platform, names: list[str]) -> str:
    url, _, _ = shown(target.settings, place_of(target.settings)).index.rpartition("/")
    real = ",".join(f"{target.settings.opensearch.prefix}-{name}" for name in names)
    return f"`curl -X DELETE '{url.split(',')[0]}/{real}'`"


def _last_change(records: RecordStore) -> float:
    """Return when a document changed last, in the store's seconds since the epoch; 0 where there is none."""
    return next((each.changed_at for each in records.latest(Document, "changed_at", limit=1)), 0.0)


def _said(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") if at else "no time: it is empty"
