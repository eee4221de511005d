"""How far healing may go by itself, and the breaker that stops a healer which goes in circles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kintsugi.errors import AGAIN, ConflictError
from kintsugi.records import Budget
from kintsugi.settings import HealingSettings
from kintsugi.stores.records import RecordStore

CAS_TRIES = 8


@dataclass(frozen=True)
class BlastRadius:
    """What an action touches at most.

    Attributes:
        items: how many entries, documents or partitions it changes.
        share: that, as a share of what the target holds now, 0 to 1.
        targets: what is touched: generations, sources.
    """

    items: int
    share: float
    targets: tuple[str, ...]

    def __add__(self, other: "BlastRadius") -> "BlastRadius":
        targets = tuple(dict.fromkeys(self.targets + other.targets))
        return BlastRadius(self.items + other.items, max(self.share, other.share), targets)


@dataclass(frozen=True)
class Verdict:
    """Whether a repair may begin: ``within`` its budget, ``over`` it (a person decides), or the breaker is ``open``."""

    answer: Literal["within", "over", "open"]
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "; ".join(self.reasons) or "within budget"


def judge(
    radius: BlastRadius, spent: Budget, settings: HealingSettings, *, key: str = "", approved: int = 0
) -> Verdict:
    """Decide, from what this window has already spent, whether a repair of this size may begin. Pure.

    Args:
        key: the repair's name in the budget; what it has paid already is not asked for twice.
        approved: items that a person has approved for it; the breaker heeds no approval.
    """
    paid = spent.spent_by.get(key)
    if paid is None and spent.repairs >= settings.max_repairs:
        return Verdict(
            "open",
            (
                f"{spent.repairs} repairs of {spent.target} within {settings.window:.0f} s: the breaker is open; "
                "find out what undoes them",
            ),
        )
    if radius.items <= max(approved, paid or 0):
        return Verdict("within")
    window_items = spent.items - (paid or 0) + radius.items
    reasons = []
    if radius.items > settings.max_items:
        reasons.append(f"{radius.items} items are more than the {settings.max_items} that one repair may touch")
    elif window_items > settings.max_items:
        reasons.append(f"{window_items} items in this window are more than {settings.max_items}")
    if radius.share > settings.max_share:
        reasons.append(f"{radius.share:.0%} of {spent.target} is more than {settings.max_share:.0%}")
    return Verdict("over", tuple(reasons)) if reasons else Verdict("within")


def window_of(records: RecordStore, target: str, window: float, at: float | None = None) -> Budget:
    """Return what this target's window at that moment (store time, now by default) has spent; zero when nothing was."""
    start = (records.now() if at is None else at) // window * window
    key = f"{target}@{start:.0f}"
    return records.get(Budget, key) or Budget(id=key, target=target, window_start=start)


def look(
    records: RecordStore, settings: HealingSettings, radius: BlastRadius, *, key: str = "", approved: int = 0
) -> Verdict:
    """Say how a repair of this size would be judged now, and spend nothing."""
    windows = [window_of(records, target, settings.window) for target in radius.targets]
    return worst([judge(radius, spent, settings, key=key, approved=approved) for spent in windows])


def spend(
    records: RecordStore,
    settings: HealingSettings,
    radius: BlastRadius,
    *,
    key: str,
    approved: int = 0,
    at: float | None = None,
) -> Verdict:
    """Judge and, when within, spend: one compare-and-set for each target, before anything is done.

    The same ``key`` pays once, and only the difference when it grew: a repair that resumes after a crash costs nothing.

    Args:
        at: when the repair began, in store time: it pays in the window of its beginning, however long it takes.

    Raises:
        ConflictError: other repairs of this target were faster every time.
    """
    verdicts = []
    for target in radius.targets:
        verdicts.append(_spend_one(records, settings, radius, target, key, approved, at))
        if verdicts[-1].answer != "within":
            break
    return worst(verdicts)


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the strictest of the verdicts, with its reasons."""
    order = ("within", "over", "open")
    return max(verdicts, key=lambda verdict: order.index(verdict.answer), default=Verdict("within"))


def _spend_one(
    records: RecordStore,
    settings: HealingSettings,
    radius: BlastRadius,
    target: str,
    key: str,
    approved: int,
    at: float | None,
) -> Verdict:
    for _ in range(CAS_TRIES):
        spent = window_of(records, target, settings.window, at)
        verdict = judge(radius, spent, settings, key=key, approved=approved)
        paid = spent.spent_by.get(key)
        if verdict.answer != "within" or (paid is not None and paid >= radius.items):
            return verdict
        after = spent.but(
            repairs=spent.repairs + (paid is None),
            items=spent.items - (paid or 0) + radius.items,
            spent_by=spent.spent_by | {key: radius.items},
        )
        if spent.version == 0:
            if records.insert(after):
                return verdict
            continue
        try:
            records.replace(after)
        except ConflictError:
            continue
        return verdict
    raise ConflictError(f"budget of {target}: other repairs were faster {CAS_TRIES} times", next_step=AGAIN)
