"""Entries that the truth does not have: of a text that is gone, or of the present text, cut in another way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kintsugi.index.current import at_most, chunks_of
from kintsugi.platform import Platform
from kintsugi.records import Document, Generation


@dataclass(frozen=True)
class Shown:
    """An entry that the truth does not have: of which document, and of which version of it."""

    document: str
    version: str


def beyond_truth(platform: Platform, generation: Generation, documents: Sequence[Document]) -> dict[str, Shown]:
    """Return the entries of these documents that the truth does not have, by id."""
    extra = set(platform.index.of_documents(generation.id, [each.id for each in documents]))
    for chunks in at_most(chunks_of(platform.records, documents)):
        extra -= {chunk.id for chunk in chunks}
    if not extra:
        return {}
    entries = platform.index.entries(generation.id, sorted(extra))
    return {each.id: Shown(each.document, each.document_version) for each in entries}


def outdated(shown: Mapping[str, Shown], documents: Sequence[Document]) -> set[str]:
    """Return the ids of entries whose document is gone or has another text by now. Pure."""
    current = {each.id: each.current for each in documents if each.deleted_at is None}
    return {id for id, each in shown.items() if current.get(each.document) != each.version}


def only_cut_otherwise(shown: Mapping[str, Shown], documents: Sequence[Document]) -> set[str]:
    """Return the ids of documents that are shown with their present text, cut in another way than the truth's. Pure.

    A document that shows entries of an older text as well was being written when somebody was killed.

    Args:
        shown: the entries of these documents that the truth does not have.
        documents: as they are now.
    """
    old = outdated(shown, documents)
    return {each.document for each in shown.values()} - {shown[id].document for id in old}
