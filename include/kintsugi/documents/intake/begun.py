"""Heads of documents whose chunks are being changed: whoever comes after a kill looks at such a document again."""

from kintsugi.records import Document, RunRef


def begun(before: Document | None, new: Document) -> Document:
    """Return the head to store before the chunks of ``new`` are, where ``before`` is stored now.

    Without its digest, the document is not taken for what its source has, even where the source goes back to what it
    was; and since it lives, it is buried with its chunks when the source drops it. Nothing is to be published yet.
    """
    if before is None or before.deleted_at is not None:
        changed_at = before.changed_at if before else 0.0
        return new.but(raw_digest="", current="", chunks=0, changed_at=changed_at)
    return before.but(raw_digest="", run=new.run)


def being_buried(document: Document, run: RunRef) -> Document:
    """Return the head to store before the chunks of a document that is gone are buried."""
    return document.but(raw_digest="", run=run)


def is_begun(document: Document | None) -> bool:
    """Return whether the head is one of these already."""
    return document is not None and document.deleted_at is None and not document.raw_digest
