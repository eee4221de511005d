"""What people decide about a pattern: retire it, roll it back with all its descendants, restore what that retired.

A pattern's descendants are the patterns that it, or one of them, was merged into. Each function may be called again
with the same arguments and then finishes what a kill has interrupted, or changes nothing: the pattern that was named is
written last, a pattern that is done is passed over, and each decision is noted before it is put.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from autorefine.audit import LINEAGE, entry
from autorefine.pattern import Pattern, Withdrawal
from autorefine.report import Decision
from autorefine.repository import PatternRepository, update
from autorefine.verdict import Ruling, Verdict


class UnknownPattern(KeyError):
    """There is no pattern with this id."""

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self.pattern = pattern

    def __str__(self) -> str:
        return f"pattern {self.pattern}: expected the id of a pattern in the repository, got one that it doesn't have"


def retire(repository: PatternRepository, pattern: str, *, reason: str, by: str, now: float) -> list[Decision]:
    """Retire one pattern; return what changed. It stays retired when it is found again, until it is restored.

    Args:
        repository: where it is.
        pattern: its id.
        reason: why, for people.
        by: who decided.
        now: seconds since the epoch.

    Raises:
        UnknownPattern: there is none with this id.
        VersionConflict: others were faster several times in a row; call again.
    """
    return _withdraw(repository, [pattern], reason=reason, by=by, now=now)


def roll_back(repository: PatternRepository, pattern: str, *, reason: str, by: str, now: float) -> list[Decision]:
    """Retire a pattern and all its descendants; return what changed, the pattern itself last.

    Arguments and errors are those of `retire`.
    """
    made: list[Decision] = []
    while more := _withdraw(repository, [*descendants(repository, pattern), pattern], reason=reason, by=by, now=now):
        made += more  # a loop at work may have merged one of them into yet another pattern
    return made


def restore(repository: PatternRepository, pattern: str, *, reason: str, by: str, now: float) -> list[Decision]:
    """Undo the `roll_back` or `retire` that began at this pattern: what it retired is again what it was before.

    Nothing else is touched. What has been retired for another reason since stays retired, and is returned with that
    reason. Arguments and errors are those of `retire`.
    """
    _required(repository, pattern)
    touched = [each.id for each in repository.all("retired") if pattern in _origins(each) and each.id != pattern]
    made = []
    for id in [*touched, pattern]:
        was = _required(repository, id)
        if pattern in _origins(was):
            made.append(_restored(repository, was, pattern, reason=reason, by=by, now=now))
    return made


def descendants(repository: PatternRepository, pattern: str) -> list[str]:
    """Return the ids of all patterns that this one, or one of its descendants, was merged into, in their order.

    Raises:
        UnknownPattern: there is none with this id.
    """
    _required(repository, pattern)
    parents = {each.id: set(each.parents) for each in repository.all() if each.parents}
    condemned = {pattern}
    while more := {id for id, merged in parents.items() if condemned & merged} - condemned:
        condemned |= more
    return sorted(condemned - {pattern})


def _withdraw(
    repository: PatternRepository, patterns: list[str], *, reason: str, by: str, now: float
) -> list[Decision]:
    origin, made = patterns[-1], []
    for id in patterns:
        was = _required(repository, id)
        if origin in _origins(was):
            continue
        said = reason if id == origin else f"descends from {origin}: {reason}"

        def withdrawn(stored: Pattern, said: str = said) -> Pattern:
            if origin in _origins(stored):
                return stored
            withdrawals = (*stored.withdrawals, Withdrawal(origin, stored.state))
            return replace(stored, state="retired", withdrawals=withdrawals)

        made.append(_decide(repository, was, withdrawn, "refuse", said, by=by, now=now))
    return made


def _restored(
    repository: PatternRepository, was: Pattern, origin: str, *, reason: str, by: str, now: float
) -> Decision:
    others = [each for each in _origins(was) if each != origin]
    stays = f"; it stays retired: {', '.join(others)} was retired on its own" if others else ""
    return _decide(repository, was, lambda stored: _without(stored, origin), "admit", reason + stays, by=by, now=now)


def _without(pattern: Pattern, origin: str) -> Pattern:
    """Return the pattern without a withdrawal; the one that came after it leads back to where this one led back to."""
    kept: list[Withdrawal] = []
    inherited = None
    for each in pattern.withdrawals:
        if each.origin == origin:
            inherited = each.was
        else:
            kept.append(replace(each, was=inherited) if inherited else each)
            inherited = None
    return replace(pattern, withdrawals=tuple(kept), state=pattern.state if kept else inherited or pattern.state)


def _decide(
    repository: PatternRepository,
    was: Pattern,
    change: Callable[[Pattern], Pattern],
    ruling: Ruling,
    reason: str,
    *,
    by: str,
    now: float,
) -> Decision:
    told = max((each.n for each in repository.history(was.id)), default=0)
    n = max(told, repository.taken_in())  # a pass at work has stored decisions before its state
    verdict = Verdict(LINEAGE, ruling, reason, {"n": float(n)})

    def ruled(stored: Pattern) -> Pattern:
        changed = change(stored)
        return stored if changed == stored else changed.ruled(verdict)

    after = ruled(was)
    repository.note([entry(was, after, verdict, n=n, at=now, by=by, write=was.version + 1)])
    stored = update(repository, was.id, ruled)
    return Decision(was.id, was.name, was.state, (stored or after).state, LINEAGE, reason)


def _required(repository: PatternRepository, pattern: str) -> Pattern:
    found = repository.get(pattern)
    if found is None:
        raise UnknownPattern(pattern)
    return found


def _origins(pattern: Pattern) -> Iterator[str]:
    return (each.origin for each in pattern.withdrawals)
