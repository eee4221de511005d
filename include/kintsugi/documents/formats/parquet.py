"""Parquet: each row as a paragraph of ``column: value`` lines, read a batch at a time."""

import io
from typing import Any

from kintsugi.documents.formats.rows import document_of, flattened, paragraph_of
from kintsugi.documents.parsed import Parsed
from kintsugi.errors import DataError

_BATCH = 1000


def parse_parquet(data: bytes, name: str, media_type: str, max_characters: int) -> Parsed:
    """Return one paragraph a row, in the file's order; nested values by their path.

    Raises:
        DataError: damaged, no row, or more than ``max_characters`` of text.
    """
    import pyarrow
    from pyarrow.parquet import ParquetFile

    paragraphs: list[str] = []
    length = 0
    try:
        with ParquetFile(io.BytesIO(data)) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                for row in batch.to_pylist():
                    paragraph = paragraph_of(flattened(_plain(row)))
                    length += len(paragraph)
                    paragraphs.append(paragraph)
                if length > max_characters:
                    raise _too_large(name, max_characters)
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(
            f"document {name}: truncated or damaged",
            expected="a whole Parquet file",
            got=str(error)[:200],
            next_step="write or copy it again",
        ).named("damaged") from error
    return document_of(paragraphs, [], name, media_type)


def _plain(value: Any) -> Any:
    """Return the value in types of JSON: times in ISO form, decimals as they are written, bytes by their number."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _too_large(name: str, max_characters: int) -> DataError:
    return DataError(
        f"document {name}: too large",
        expected=f"at most {max_characters:,} characters of text",
        got="more than that",
        next_step="split it, or read it as a source of kind tables",
    ).named("size")
