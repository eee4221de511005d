"""Which commits a revision has: all of them, those since an earlier one, those of a day."""

import heapq
from collections.abc import Iterator
from math import inf

from kintsugi.sources.git.repository import Repository

_NEW, _OLD = 1, 2


def all_commits(repository: Repository, tip: bytes) -> Iterator[bytes]:
    """Yield the names of all commits that lead to ``tip``; the same tip gives the same order.

    Only the names that were met are held, 20 bytes each: no walk of a history can do without.

    Raises:
        SourceUnavailable: a commit is missing or damaged.
    """
    met: set[bytes] = set()
    ahead = [tip]
    while ahead:
        name = ahead.pop()
        if (short := bytes.fromhex(name.decode())) in met:
            continue
        met.add(short)
        yield name
        ahead += reversed(repository.parents(repository.commit(name)))


def commits_since(repository: Repository, tip: bytes, before: bytes) -> list[bytes] | None:
    """Return the names of the commits that lead to ``tip`` and not to ``before``.

    ``None`` when the history was rewritten: ``before`` does not lead to ``tip``. Both sides are walked by date, the
    latest first, until nothing that only ``tip`` has is left to look at. Where clocks were wrong, some older commits
    may be returned as well; a new one is never left out.

    Raises:
        SourceUnavailable: a commit is missing or damaged.
    """
    sides = {tip: _NEW}
    sides[before] = sides.get(before, 0) | _OLD
    fresh = {name for name, side in sides.items() if side == _NEW}
    queue = [(-repository.commit(name).time, name) for name in sides]
    heapq.heapify(queue)
    while queue and fresh:
        _, name = heapq.heappop(queue)
        fresh.discard(name)
        for parent in repository.parents(repository.commit(name)):
            known = sides.get(parent, 0)
            joined = known | sides[name]
            if joined == known:
                continue
            sides[parent] = joined
            (fresh.add if joined == _NEW else fresh.discard)(parent)
            heapq.heappush(queue, (-repository.commit(parent).time, parent))
    if sides[before] != _NEW | _OLD:
        return None
    return [name for name, side in sides.items() if side == _NEW]


def dated_commits(repository: Repository, tip: bytes, now: float) -> Iterator[tuple[int, bytes]]:
    """Yield date (seconds since the epoch) and name of all commits that lead to ``tip``, in no useful order.

    The date is the committer's. One that lies after ``now`` was written by a clock that is ahead: the commit counts as
    made when the first commit built on it was, if that one's date can be believed.

    Raises:
        SourceUnavailable: a commit is missing or damaged.
    """
    met: set[bytes] = set()
    doubtful: dict[bytes, float] = {}
    own: dict[bytes, int] = {}
    ahead: list[tuple[bytes, float]] = [(tip, inf)]
    while ahead:
        name, child = ahead.pop()
        short = bytes.fromhex(name.decode())
        if short in met or doubtful.get(name, inf) < child:
            continue
        commit = repository.commit(name)
        if commit.time <= now:
            met.add(short)
            yield commit.time, name
            child = commit.time
        elif name in doubtful and doubtful[name] == child:
            continue
        else:
            doubtful[name], own[name] = child, commit.time
        ahead += [(parent, child) for parent in repository.parents(commit)]
    for name, child in doubtful.items():
        yield own[name] if child == inf else int(child), name
