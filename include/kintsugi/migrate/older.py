"""A target that holds what this very platform left there when it moved away: said so, and never overwritten."""

from kintsugi.errors import TerminalError
from kintsugi.platform import Platform
from kintsugi.records import INSTALLATION, Installation
from kintsugi.stores.place import place_of, shown
from kintsugi.stores.records import RecordStore


def is_older_copy(source: RecordStore, target: RecordStore) -> bool:
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


def older_copy(source: Platform, target: Platform, found: str, *, is_of_records: bool = True) -> TerminalError:
    """Return the error for such a target, with the commands that empty it.

    Args:
        found: what is in the way.
        is_of_records: the records are the copy, with whatever indexes belong to them; else indexes alone.
    """
    settings = target.settings
    place = shown(settings, place_of(settings))
    commands, others = [], []
    if is_of_records and settings.mongo.uri:
        commands.append(f"`mongosh '{place.records}' --eval 'db.dropDatabase()'`")
        others.append("mongo.database")
    if source.index is not target.index and settings.opensearch.url and (indexes := indexes_at(source, target)):
        url, _, _ = place.index.rpartition("/")
        real = ",".join(f"{settings.opensearch.prefix}-{name}" for name in indexes)
        commands.append(f"`curl -X DELETE '{url.split(',')[0]}/{real}'`")
        others.append("opensearch.prefix")
    emptied = f"empty it with {' and '.join(commands)} (and your login)" if commands else "move it away"
    other = f", or name another {' and '.join(others)}" if others else ""
    return TerminalError(
        "migrate: the target holds this platform's own older copy, from an earlier move",
        expected="an empty target: what the copy alone holds would be lost",
        got=f"{found}, in {place.records if is_of_records else place.index}",
        next_step=f"where nobody needs the copy, {emptied}{other}; then `kintsugi migrate`",
    )
