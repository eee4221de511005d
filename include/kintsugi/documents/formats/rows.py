"""CSV, JSON and JSONL: each record as a paragraph of ``field: value`` lines; bad records are left out and named."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kintsugi.documents.decode import storable
from kintsugi.documents.parsed import Parsed, RefusedRow, shortened
from kintsugi.errors import DataError
from kintsugi.sources.media import TSV

MAX_REFUSED = 1000


def parse_csv(text: str, name: str, media_type: str) -> Parsed:
    """Return one paragraph a row; rows whose length differs from the header's are refused with their line number.

    Raises:
        DataError: no row fits the header, or more than `MAX_REFUSED` do not.
    """
    rows = csv.reader(io.StringIO(text, newline=""), _dialect(text, media_type))
    header: list[str] = []
    paragraphs: list[str] = []
    refused: list[RefusedRow] = []
    while True:
        line = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            refused.append(RefusedRow(line, "row-readable", "a row of CSV", str(error), ""))
            continue
        if not any(cell.strip() for cell in row):
            continue
        if not header:
            header = [cell.strip() or f"column {n}" for n, cell in enumerate(row, 1)]
        elif len(row) != len(header):
            fields = f"{len(header)} fields, as the header has"
            refused.append(RefusedRow(line, "row-length", fields, f"{len(row)} fields", _sample(",".join(row))))
        else:
            paragraphs.append(paragraph_of(zip(header, row, strict=True)))
    return document_of(paragraphs, refused, name, media_type)


def parse_jsonl(text: str, name: str, media_type: str) -> Parsed:
    """Return one paragraph a line; lines that are not JSON are refused with their line number."""
    paragraphs: list[str] = []
    refused: list[RefusedRow] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            paragraphs.append(paragraph_of(flattened(json.loads(line))))
        except (ValueError, RecursionError) as error:
            refused.append(RefusedRow(number, "line-is-json", "a JSON value on each line", str(error), _sample(line)))
    return document_of(paragraphs, refused, name, media_type)


def parse_json(text: str, name: str, media_type: str) -> Parsed:
    """Return one paragraph for each element of a list, or one for an object.

    Raises:
        DataError: not JSON.
    """
    try:
        value = json.loads(text)
        elements = value if isinstance(value, list) else [value]
        paragraphs = [paragraph_of(flattened(element)) for element in elements]
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"document {name}: not JSON",
            expected="one JSON value",
            got=str(error),
            next_step="correct that place; if it has a value on each line, name it .jsonl",
        ).named("readable") from error
    title = value.get("title") if isinstance(value, dict) else None
    return document_of(
        paragraphs, [], shortened(title) if isinstance(title, str) and title.strip() else name, media_type
    )


def flattened(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield ``(path, value)`` of each leaf, keys joined by dots; a list of plain values is one leaf."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flattened(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        if all(not isinstance(inner, dict | list) for inner in value):
            yield path, ", ".join(_shown(inner) for inner in value)
        else:
            for number, inner in enumerate(value, 1):
                yield from flattened(inner, f"{path}.{number}" if path else str(number))
    else:
        yield path, _shown(value)


def document_of(paragraphs: Sequence[str], refused: list[RefusedRow], name: str, media_type: str) -> Parsed:
    """Return the document that has these paragraphs, a row each; empty ones are left out.

    Raises:
        DataError: none is left, or more than `MAX_REFUSED` were refused.
    """
    kept = [paragraph for paragraph in paragraphs if paragraph]
    if not kept or len(refused) > MAX_REFUSED:
        first = f", the first at line {refused[0].line}: {refused[0].value}" if refused else ""
        raise DataError(
            f"document {name}: no usable rows" if not kept else f"document {name}: too many bad rows",
            expected=f"at least one row, and at most {MAX_REFUSED} bad ones",
            got=f"{len(kept)} good, {len(refused)} bad{first}",
            next_step="look at delimiter and header, and export it again",
        ).named("rows")
    return Parsed(name, storable("\n\n".join(kept)) + "\n", (), media_type, tuple(refused))


def paragraph_of(fields: Iterable[tuple[str, str]]) -> str:
    """Return a row as lines ``name: value``; fields without a value are left out."""
    shown = ((name, " ".join(value.split())) for name, value in fields)
    return "\n".join(f"{name}: {value}" if name else value for name, value in shown if value)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _dialect(text: str, media_type: str) -> type[csv.Dialect]:
    if media_type == TSV:
        return csv.excel_tab
    first = next((line for line in text.split("\n", 20) if line.strip()), "")
    delimiter = max(",;\t|", key=lambda mark: (first.count(mark), mark == ","))

    class Found(csv.excel):
        pass

    Found.delimiter = delimiter
    return Found


def _sample(row: str) -> str:
    return storable(row[:200])
