"""How often a pattern was retrieved, used, and used with success."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from autorefine.fields import Fields, as_integer, as_text

BLOCK = 32
"""So many uses are compared with those before them when drift is looked for."""

_REMEMBERED = 2 * BLOCK - 1

Fate = Literal["", "given", "used", "failed", "succeeded"]
"""What became of a pattern in one task: nothing; given; used, with an end that is not told yet; used, and the end."""

_WORTH: dict[Fate, tuple[int, int, int, int]] = {
    "": (0, 0, 0, 0),
    "given": (1, 0, 0, 0),
    "used": (1, 1, 0, 1),
    "failed": (1, 1, 0, 0),
    "succeeded": (1, 1, 1, 0),
}
"""Retrieved, used, succeeded, undecided."""


@dataclass(frozen=True)
class Use:
    """A use in a task that has ended; ``task`` is what it is known by, "" where nobody will correct it."""

    succeeded: bool
    task: str = ""


@dataclass(frozen=True)
class Included:
    """What counts include of a report: which version of it, and what that said."""

    version: int
    fate: Fate


@dataclass(frozen=True)
class Counters:
    """Counts of tasks; ``succeeded`` is used *and* successful (arXiv 2601.22758, section 3).

    Attributes:
        recent: the newest uses whose tasks have ended, at most 63, newest last in the order in which their ends were
            told: so a whole `BLOCK` of them is always there.
        undecided: how many uses are in tasks whose end is not told yet.
        under_way: reports that perhaps are not counted for all of their patterns yet, by id. Kept here by a host that
            counts one report for several patterns, since only what is in this record changes together with the counts;
            not part of what is compared.
    """

    retrieved: int = 0
    used: int = 0
    succeeded: int = 0
    recent: tuple[Use, ...] = ()
    undecided: int = 0
    under_way: Mapping[str, Included] = field(default_factory=dict, compare=False)

    @property
    def ended(self) -> int:
        """Uses in tasks whose end is known."""
        return self.used - self.undecided

    def after(self, *, retrieved: bool, used: bool, succeeded: bool) -> "Counters":
        """Return the counts after one more task; a success without use is not counted, a use is a retrieval."""
        if used:
            return self.corrected("", "", "succeeded" if succeeded else "failed")
        return self.corrected("", "", "given" if retrieved else "")

    def corrected(self, task: str, was: Fate, now: Fate) -> "Counters":
        """Return the counts after a task, counted as ``was`` so far, is known to be ``now``.

        Among the newest uses a task is corrected in its place. One whose end was not told before becomes the newest;
        one that ended too long ago to be remembered stays forgotten.
        """
        counts = (self.retrieved, self.used, self.succeeded, self.undecided)
        retrieved, used, succeeded, undecided = (
            max(0, count - before + after)
            for count, before, after in zip(counts, _WORTH[was], _WORTH[now], strict=True)
        )
        recent = _corrected(self.recent, task, was, now)
        return replace(self, retrieved=retrieved, used=used, succeeded=succeeded, undecided=undecided, recent=recent)

    def __add__(self, other: "Counters") -> "Counters":
        """Add the counts; which of the uses are the newest is not known then."""
        return Counters(
            self.retrieved + other.retrieved,
            self.used + other.used,
            self.succeeded + other.succeeded,
            undecided=self.undecided + other.undecided,
        )

    def at_least(self, other: "Counters") -> "Counters":
        """Return the larger of each count, and everything else of the one that was used more."""
        more = self if self.used >= other.used else other
        return replace(
            more,
            retrieved=max(self.retrieved, other.retrieved),
            succeeded=max(self.succeeded, other.succeeded),
        )

    def to_document(self) -> dict[str, Any]:
        """Return the counts as a plain document that JSON can carry."""
        return {
            "retrieved": self.retrieved,
            "used": self.used,
            "succeeded": self.succeeded,
            "recent": [("+" if each.succeeded else "-") + each.task for each in self.recent],
            "undecided": self.undecided,
            "under_way": {
                report: {"version": each.version, "fate": each.fate} for report, each in self.under_way.items()
            },
        }

    @staticmethod
    def from_document(document: object) -> "Counters":
        """Read counts from a plain document; of counts that were stored with less, the rest is empty.

        Raises:
            ValueError: a field is missing or of another type; the message names it.
        """
        fields = Fields("Counters", document)
        return Counters(
            fields.integer("retrieved"),
            fields.integer("used"),
            fields.integer("succeeded"),
            fields.optional("recent", _uses) or (),
            fields.optional("undecided", as_integer) or 0,
            fields.optional("under_way", lambda _: fields.mapping("under_way", _included)) or {},
        )


def _corrected(recent: tuple[Use, ...], task: str, was: Fate, now: Fate) -> tuple[Use, ...]:
    """Return the newest uses after one of them turned out otherwise, or a new one has ended."""
    ended = (Use(now == "succeeded", task),) if now in ("failed", "succeeded") else ()
    place = next((place for place, use in enumerate(recent) if task and use.task == task), None)
    if place is not None:
        return recent[:place] + ended + recent[place + 1 :]
    return recent if was in ("failed", "succeeded") else (*recent, *ended)[-_REMEMBERED:]


def _uses(value: object) -> tuple[Use, ...]:
    if not isinstance(value, list | tuple | str):
        raise ValueError(f"Counters.recent: expected a list of uses, got {value!r:.80}")
    return tuple(Use(text[:1] == "+", text[1:]) for text in map(as_text, value))


def _included(value: object) -> Included:
    fields = Fields("Included", value)
    return Included(fields.integer("version"), cast(Fate, fields.choice("fate", *_WORTH)))
