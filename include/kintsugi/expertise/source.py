"""The active patterns as a source of documents, taken in like every other one."""

from collections.abc import Iterator

from autorefine.export import pattern_markdown
from autorefine.pattern import Pattern
from kintsugi.documents.identity import digest
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.records import Labels
from kintsugi.sources.media import MARKDOWN
from kintsugi.sources.port import RawItem
from kintsugi.stores.records import RecordStore

EXPERTISE = "expertise"
PARTITION = "all"
LABELS = Labels(trust="reviewed")
"""What the gates let pass was drawn from logs, and was tested: more than untrusted, less than written by a person."""

_SUFFIX = ".md"
_MOST_RUNS = 20


class ExpertiseSource:
    """One Markdown document an active pattern; a pattern that is retired is absent, and so its document is deleted."""

    name = EXPERTISE
    contract = "documents"
    complete = True

    def __init__(self, records: RecordStore) -> None:
        self._patterns = StoredPatterns(records)

    def check(self) -> None:
        """Return: the patterns are where the documents go."""

    def partition_ready(self, partition: str, now: float) -> bool:
        """Return true: the patterns are complete whenever they are looked at."""
        return True

    def items(self, partition: str = PARTITION) -> Iterator[RawItem]:
        """Yield the active patterns in the order of their ids."""
        for pattern in self._patterns.all("active"):
            yield _item(pattern)


def external_id_of(pattern: str) -> str:
    """Return the external id of this pattern's document."""
    return f"{pattern}{_SUFFIX}"


def pattern_of(external_id: str) -> str:
    """Return the id of the pattern that this document is about."""
    return external_id.removesuffix(_SUFFIX)


def _item(pattern: Pattern) -> RawItem:
    data = pattern_markdown(pattern).encode()
    followed = [item.trajectory for item in pattern.evidence if item.steps]
    return RawItem(
        external_id=external_id_of(pattern.id),
        media_type=MARKDOWN,
        locator=f"kintsugi:patterns/{pattern.id}",
        read=lambda: data,
        labels=LABELS,
        raw_digest=digest(data),
        metadata={"pattern": pattern.id, "kind": pattern.kind, "trajectories": " ".join(followed[-_MOST_RUNS:])},
    )
