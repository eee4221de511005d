"""Enumerates what runs did in order: gapped sequences of one to three actions, after each situation that recurs.

Follows prefix projection (PrefixSpan, Pei et al., TKDE 2004) on a table of next occurrences, all runs at once. The cost
is bounded whatever the runs hold: at most ``MAX_ACTIONS`` actions and ``MAX_GUARDS`` situations (those seen in most
runs), and at most ``MAX_PREFIXES`` prefixes are extended at each length (those followed by most runs). Outcomes play no
part in any of these choices, so they do not disturb the tests that come after.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from autorefine.match import Guard
from autorefine.trace import Trace

MAX_ACTIONS = 48
MAX_GUARDS = 24
MAX_PREFIXES = 64
MIN_SHARE = 0.05

Mask = NDArray[np.bool_]
Positions = NDArray[np.int16]


@dataclass(frozen=True)
class Mined:
    """A sequence of actions after a situation: which runs could follow it, and which did."""

    guard: Guard | None
    signature: tuple[str, ...]
    eligible: Mask
    followed: Mask


@dataclass(frozen=True)
class _Prefix:
    guard: Guard | None
    signature: tuple[str, ...]
    eligible: Mask
    starts: Positions
    last_first: Positions | None

    def support(self, ends: int) -> int:
        """How many runs followed it; those that did not start beyond the end."""
        return int((self.starts <= ends).sum())


def mine(traces: Sequence[Trace], *, max_length: int, reach: int, min_support: int) -> list[Mined]:
    """Return the distinct sequences with at least ``min_support`` runs (and 5 %) on both sides of the comparison.

    Closed: of those that the same runs follow, only the longest and most specific one is returned.
    """
    traces = [trace for trace in traces if trace.actions]
    if len(traces) < 2 * min_support:
        return []
    needed = max(min_support, ceil(MIN_SHARE * len(traces)))
    actions = _recurring((trace.actions for trace in traces), needed, MAX_ACTIONS)
    following = _next_occurrences(traces, actions)
    ends = following.shape[1] - 1
    closed: dict[tuple[bytes, bytes], Mined] = {}
    prefixes = list(_roots(traces, ends, reach, min_support))
    for _ in range(max_length):
        grown: list[_Prefix] = []
        for prefix in prefixes:
            grown.extend(_extended(prefix, actions, following, needed if prefix.guard is None else min_support))
        for prefix in grown:
            followed = prefix.eligible & (prefix.starts <= ends)
            if (prefix.eligible & ~followed).sum() >= min_support:
                found = Mined(prefix.guard, prefix.signature, prefix.eligible, followed)
                key = (found.eligible.tobytes(), found.followed.tobytes())
                closed[key] = max(closed.get(key, found), found, key=_specificity)
        prefixes = sorted(grown, key=lambda prefix: -prefix.support(ends))[:MAX_PREFIXES]
    return list(closed.values())


def _recurring(runs: Iterable[tuple[tuple[str, ...], ...]], needed: int, limit: int) -> list[str]:
    """Return the symbols that at least ``needed`` runs hold, most frequent first."""
    seen = Counter(symbol for run in runs for symbol in {symbol for step in run for symbol in step})
    frequent = sorted((-count, symbol) for symbol, count in seen.items() if count >= needed)
    return [symbol for _, symbol in frequent[:limit]]


def _next_occurrences(traces: Sequence[Trace], actions: Sequence[str]) -> Positions:
    """Return for [run, step, action] the first step from there on with that action, or ``ends`` when there is none."""
    ends = max(len(trace.actions) for trace in traces)
    column = {symbol: index for index, symbol in enumerate(actions)}
    following = np.full((len(traces), ends + 1, len(actions)), ends, dtype=np.int16)
    for row, trace in enumerate(traces):
        for step, symbols in enumerate(trace.actions):
            for symbol in symbols:
                if symbol in column:
                    following[row, step, column[symbol]] = step
    for step in range(ends - 1, -1, -1):
        np.minimum(following[:, step], following[:, step + 1], out=following[:, step])
    return following


def _roots(traces: Sequence[Trace], ends: int, reach: int, min_support: int) -> Iterator[_Prefix]:
    """Return the empty sequence without a guard, and after each recurring situation: at once, or within reach."""
    yield _Prefix(None, (), np.ones(len(traces), dtype=np.bool_), np.zeros(len(traces), dtype=np.int16), None)
    for symbol in _recurring((trace.outcomes for trace in traces), 2 * min_support, MAX_GUARDS):
        starts = np.full(len(traces), ends, dtype=np.int16)
        eligible = np.zeros(len(traces), dtype=np.bool_)
        for row, trace in enumerate(traces):
            situation = next((step for step, outcomes in enumerate(trace.outcomes) if symbol in outcomes), None)
            if situation is not None and situation + 1 < len(trace.actions):
                starts[row] = situation + 1
                eligible[row] = True
        if eligible.sum() >= 2 * min_support:
            for within in sorted({1, reach}):
                yield _Prefix(Guard(symbol, within), (), eligible, starts, (starts + within - 1).astype(np.int16))


def _extended(prefix: _Prefix, actions: Sequence[str], following: Positions, needed: int) -> Iterator[_Prefix]:
    """Return the prefix grown by each action that enough eligible runs do next."""
    ends = following.shape[1] - 1
    reached = following[np.arange(len(prefix.starts)), np.minimum(prefix.starts, ends)]
    did = (reached < ends) & prefix.eligible[:, None]
    if not prefix.signature and prefix.last_first is not None:
        did &= reached <= prefix.last_first[:, None]
    for column in np.flatnonzero(did.sum(axis=0) >= needed).tolist():
        starts = np.where(did[:, column], reached[:, column] + 1, ends + 1).astype(np.int16)
        yield _Prefix(prefix.guard, (*prefix.signature, actions[column]), prefix.eligible, starts, None)


def _specificity(found: Mined) -> tuple[bool, int, int, tuple[str, ...]]:
    return found.guard is not None, len(found.signature), sum(map(len, found.signature)), found.signature
