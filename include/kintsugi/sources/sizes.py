"""Refusals of items that are too large, or smaller than they say."""

from kintsugi.errors import DataError


def too_large(external_id: str, size: int, max_bytes: int) -> DataError:
    """Return the error for an item above the size limit; sizes in bytes."""
    return DataError(
        f"document {external_id}: too large",
        expected=f"at most {max_bytes / 1e6:g} MB",
        got=f"{size / 1e6:.1f} MB",
        next_step="split it, or raise ingest.max_document_mb",
    ).named("size")


def cut_short(external_id: str, size: int, got: int) -> DataError:
    """Return the error for an item that has fewer bytes than it says; sizes in bytes."""
    return DataError(
        f"document {external_id}: ends too early",
        expected=f"{size} bytes, as it says itself",
        got=f"{got} bytes",
        next_step="copy it again; the next run takes it in",
    ).named("length")
