"""What the end of a file's name says about its content."""

MARKDOWN = "text/markdown"
RST = "text/x-rst"
ASCIIDOC = "text/asciidoc"
TEXT = "text/plain"
LOG = "text/x-log"
HTML = "text/html"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CSV = "text/csv"
TSV = "text/tab-separated-values"
JSON = "application/json"
JSONL = "application/jsonl"
PARQUET = "application/vnd.apache.parquet"
UNKNOWN = ""

MEDIA_TYPES = (MARKDOWN, RST, ASCIIDOC, TEXT, LOG, HTML, PDF, DOCX, CSV, TSV, JSON, JSONL, PARQUET)

_BY_SUFFIX = {
    "md": MARKDOWN,
    "markdown": MARKDOWN,
    "mdx": MARKDOWN,
    "rst": RST,
    "txt": TEXT,
    "text": TEXT,
    "adoc": ASCIIDOC,
    "asciidoc": ASCIIDOC,
    "log": LOG,
    "out": LOG,
    "err": LOG,
    "html": HTML,
    "htm": HTML,
    "xhtml": HTML,
    "pdf": PDF,
    "docx": DOCX,
    "csv": CSV,
    "tsv": TSV,
    "json": JSON,
    "jsonl": JSONL,
    "ndjson": JSONL,
    "parquet": PARQUET,
}


def media_type_of(name: str) -> str:
    """Return the media type that the suffix of a file name stands for, or `UNKNOWN`; ``app.log.1`` is a log."""
    parts = name.lower().split(".")[1:]
    while len(parts) > 1 and parts[-1].isdigit():
        parts.pop()
    return _BY_SUFFIX.get(parts[-1], UNKNOWN) if parts else UNKNOWN
