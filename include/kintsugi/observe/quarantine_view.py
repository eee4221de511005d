"""What is held in quarantine, as the people who decide about it want to see it."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from kintsugi.errors import ConfigurationError
from kintsugi.platform import Platform
from kintsugi.records import Quarantined, RunRef
from kintsugi.sensitive.finding import KINDS
from kintsugi.sensitive.redact import redacted
from kintsugi.sensitive.scan import scan
from kintsugi.settings import Settings
from kintsugi.sources.config import MADE_HERE, load_sources
from kintsugi.stores.where import OneOf

NEWEST = 50
LOOKED_AT = 500
"""The newest held records that checks are counted and filtered among."""

DECIDED = 8
SAMPLE_ENDS = 500
"""Characters at which a longer content was cut off when it was refused."""

NOT_SHOWN = "not shown: the source is not for everyone"

RELEASE = "release"
"""The DAG that releases; a record that is held by one of its runs was refused again."""


@dataclass(frozen=True)
class Held:
    """A quarantine record.

    Attributes:
        expected, value: with secrets and personal data masked; of a source that is not for everyone, "" and `NOT_SHOWN`
            to whoever does not operate the index, since a check may quote what it looked at.
        sample: the start of what was refused, with secrets and personal data masked; "" where there is none, or where
            it may not be shown.
        sensitive: it was refused for what stands in it, so that there is no sample; ``value`` says what, masked.
        again: somebody released it, and the same or another value was refused again.
        by: who decided about it; "" where nobody did.
    """

    id: str
    source: str
    partition: str
    item: str
    check: str
    expected: str
    value: str
    next_step: str
    sample: str
    sensitive: bool
    state: Literal["held", "released", "dropped"]
    again: bool
    by: str
    run: RunRef
    refused_at: float


@dataclass(frozen=True)
class QuarantineView:
    """Everything on the page *Quarantine*; ``at`` is the store time it was read at.

    Attributes:
        held: how many records are held in all.
        matching: how many of them the filters let through, among the newest `LOOKED_AT`.
        newest: of those, the newest first.
        sources, checks: how many of the newest `LOOKED_AT` there are of each, whatever the filters.
        decided: released or dropped, the newest refusal first.
        samples: whether samples are shown.
    """

    at: float
    held: int
    matching: int
    newest: tuple[Held, ...]
    sources: Mapping[str, int]
    checks: Mapping[str, int]
    decided: tuple[Held, ...]
    samples: bool

    @property
    def looked_at(self) -> int:
        """How many of the held records were looked at."""
        return min(self.held, LOOKED_AT)


def quarantine_view(platform: Platform, *, source: str = "", check: str = "", samples: bool) -> QuarantineView:
    """Read the view.

    Args:
        platform: only its records are read.
        source: show refusals of this source only; "" all.
        check: show refusals by this check only; "" all.
        samples: whether the starts of what was refused may be shown, and what came from sources that are not for
            everyone.

    Raises:
        StoreUnavailable: the records can't be read now.
    """
    records = platform.records
    everything = records.latest(Quarantined, "refused_at", {"state": "held"}, limit=LOOKED_AT)
    found = everything
    if source:
        found = records.latest(Quarantined, "refused_at", {"state": "held", "source": source}, limit=LOOKED_AT)
    matching = [each for each in found if not check or each.check == check]
    open_to_all = sources_for_everyone(platform.settings)
    ended = records.latest(Quarantined, "refused_at", {"state": OneOf(("released", "dropped"))}, limit=DECIDED)
    return QuarantineView(
        at=records.now(),
        held=records.count(Quarantined, {"state": "held"}),
        matching=len(matching),
        newest=tuple(held(each, open_to_all, samples=samples) for each in matching[:NEWEST]),
        sources=Counter(each.source for each in everything),
        checks=Counter(each.check for each in everything),
        decided=tuple(held(each, open_to_all, samples=False) for each in ended),
        samples=samples,
    )


def held(record: Quarantined, open_to_all: Collection[str], *, samples: bool) -> Held:
    """Return a record as it may be shown.

    Args:
        record: as it is stored.
        open_to_all: the sources whose content everybody may see.
        samples: whether whoever looks operates the index.
    """
    sensitive = record.check in KINDS
    expected, value = reason(record, may_see=samples or is_for_everyone(record, open_to_all))
    return Held(
        id=record.id,
        source=record.source,
        partition=record.partition,
        item=record.item,
        check=record.check,
        expected=expected,
        value=value,
        next_step=record.next_step,
        sample=masked_sample(record.sample) if samples and record.sample and not sensitive else "",
        sensitive=sensitive,
        state=record.state,
        again=record.state == "held" and record.run.dag == RELEASE,
        by=record.by,
        run=record.run,
        refused_at=record.refused_at,
    )


def sources_for_everyone(settings: Settings) -> frozenset[str]:
    """Return the sources whose content everybody may see who is logged in.

    Those are the platform's own, and those whose entry says so; where an entry is gone or can't be read, it does not.
    """
    try:
        entries = load_sources(settings).sources
    except ConfigurationError:
        entries = {}
    return frozenset(MADE_HERE) | {name for name, each in entries.items() if "everyone" in each.labels.access}


def is_for_everyone(record: Quarantined, open_to_all: Collection[str]) -> bool:
    """Return whether everybody may see what came; what was named on a command line, by its path, is for everyone."""
    return record.source in open_to_all or record.partition.startswith("/")


def reason(record: Quarantined, *, may_see: bool) -> tuple[str, str]:
    """Return what was expected and what came, as they may be shown."""
    return (masked(record.expected), masked_sample(record.value)) if may_see else ("", NOT_SHOWN)


def masked(text: str) -> str:
    """Return the text without secrets and personal data."""
    return redacted(text, scan(text, kinds=("secret", "personal", "invisible")))


def masked_sample(sample: str) -> str:
    """Return the start of what was refused without secrets and personal data, also without one that it cuts in two."""
    return masked(sample if len(sample) < SAMPLE_ENDS else _up_to_a_space(sample))


def _up_to_a_space(text: str) -> str:
    end = max(text.rfind(space) for space in " \n\t")
    return text[: end + 1] + "…"
