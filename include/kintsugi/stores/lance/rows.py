"""Index entries as rows of a LanceDB table and back."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kintsugi.records import Labels
from kintsugi.stores.operational_text import with_parts
from kintsugi.stores.search import IndexEntry
from kintsugi.stores.shown import SENSITIVITIES, TEXTS

if TYPE_CHECKING:
    import pyarrow as pa

TEXT = "searchable"
VECTOR = "vector"
SHOWN = (
    *TEXTS,
    "start",
    "end",
    "access",
    "sensitivity",
    "trust",
    "region",
    "bucket",
    "digest",
    VECTOR,
)


def schema(dimension: int) -> "pa.Schema":
    """Return the table's schema: what an entry shows, plus the text that BM25 works on."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            ("document", pa.string()),
            ("document_version", pa.string()),
            ("source", pa.string()),
            ("title", pa.string()),
            ("heading", pa.string()),
            ("text", pa.string()),
            ("start", pa.int64()),
            ("end", pa.int64()),
            ("access", pa.list_(pa.string())),
            ("sensitivity", pa.int8()),
            ("trust", pa.string()),
            ("region", pa.string()),
            ("bucket", pa.int32()),
            ("digest", pa.int64()),
            (TEXT, pa.string()),
            (VECTOR, pa.list_(pa.float32(), dimension)),
        ]
    )


def table(entries: Sequence[IndexEntry], dimension: int) -> "pa.Table":
    """Return the entries as an Arrow table of `schema`."""
    import pyarrow as pa

    fields = schema(dimension)
    columns: dict[str, Any] = {name: [_plain(entry, name) for entry in entries] for name in SHOWN if name != VECTOR}
    columns[TEXT] = [with_parts("\n".join((entry.title, entry.heading, entry.text))) for entry in entries]
    stacked = np.stack([np.asarray(entry.vector, dtype=np.float32) for entry in entries])
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(stacked.reshape(-1)), dimension)
    arrays = [vectors if field.name == VECTOR else pa.array(columns[field.name], type=field.type) for field in fields]
    return pa.Table.from_arrays(arrays, schema=fields)


def entries_in(answer: "pa.Table") -> Iterator[IndexEntry]:
    """Yield the entries of rows that have all `SHOWN` columns."""
    if not answer.num_rows:
        return
    vectors = answer[VECTOR].combine_chunks().flatten().to_numpy().reshape(answer.num_rows, -1).astype(np.float32)
    for row, vector in zip(answer.drop_columns([VECTOR]).to_pylist(), vectors, strict=True):
        labels = Labels(
            access=tuple(row.pop("access")),
            sensitivity=SENSITIVITIES[row.pop("sensitivity")],  # type: ignore[arg-type]
            trust=row.pop("trust"),
            region=row.pop("region"),
        )
        yield IndexEntry(**row, labels=labels, vector=vector)


def _plain(entry: IndexEntry, name: str) -> Any:
    if name == "access":
        return list(entry.labels.access)
    if name == "sensitivity":
        return SENSITIVITIES.index(entry.labels.sensitivity)
    if name in ("trust", "region"):
        return getattr(entry.labels, name)
    return getattr(entry, name)
