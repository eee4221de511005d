"""Runs as people call them: by the id that their source gave them."""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile

from autorefine.trajectory import CONTRADICTED
from kintsugi.records import StoredTrajectory, TrajectoryHead
from kintsugi.sources.agents.run import trajectory_id
from kintsugi.stores.records import RecordStore

_BEGINNING = re.compile("[0-9a-f]{8,}")


def runs_called(records: RecordStore, sources: Iterable[str], name: str, *, most: int = 10) -> list[TrajectoryHead]:
    """Return the stored runs that a person may mean; in the order of their ids, and at most so many.

    Those whose id is ``name``: the trajectory's, or what the run is called in an agents' file of one of the sources,
    where several may call a run so. Without any, those whose trajectory's id begins like that, from eight digits on: a
    number that is no run's name must not find another run.
    """
    called = records.get_many(TrajectoryHead, {name, *(trajectory_id(source, name) for source in sources)})
    if called:
        return [called[id] for id in sorted(called)][:most]
    following = records.scan(TrajectoryHead, after=name, limit=most) if _BEGINNING.fullmatch(name) else ()
    return list(takewhile(lambda each: each.id.startswith(name), following))


def contradicted(records: RecordStore) -> Iterator[TrajectoryHead]:
    """Yield the runs of which different outcomes were told at one time, which nothing is learned from until then.

    Reads the head of each stored run, and the whole of those only of which nobody knows how they ended.
    """
    for head in records.scan(TrajectoryHead):
        stored = records.get(StoredTrajectory, head.id) if head.success is None else None
        if stored is not None and stored.body.get("outcome_source") == CONTRADICTED:
            yield head
