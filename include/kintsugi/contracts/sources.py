"""The contracts of the sources: what documents must be like before they are loaded."""

import re
from typing import Any

from kintsugi.contracts.contract import Contract, Row, RowRule
from kintsugi.errors import ConfigurationError
from kintsugi.sources.media import MEDIA_TYPES

_TEXT_LIMIT = 100_000_000
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffd]")
_REGEX = "ExpectColumnValuesToMatchRegex"

_DOCUMENT_RULES = (
    RowRule(
        "id-unique",
        "ExpectColumnValuesToBeUnique",
        "id",
        {},
        "an id that no other document of the shard has",
        "rename one of the two in the source",
    ),
    RowRule(
        "external-id",
        "ExpectColumnValueLengthsToBeBetween",
        "external_id",
        {"min_value": 1, "max_value": 2000},
        "a name of 1 to 2,000 characters",
        "shorten its path",
    ),
    RowRule(
        "title",
        _REGEX,
        "title",
        {"regex": r"\S"},
        "a title that can be read",
        "give it a title or a name",
    ),
    RowRule(
        "text-length",
        "ExpectColumnValuesToBeBetween",
        "text_length",
        {"min_value": 1, "max_value": _TEXT_LIMIT},
        f"1 to {_TEXT_LIMIT:,} characters of text",
        "split it, or remove it",
    ),
    RowRule(
        "readable-share",
        "ExpectColumnValuesToBeBetween",
        "readable_share",
        {"min_value": 0.5, "max_value": 1.0},
        "at least half of its characters printable",
        "look at it: is it text at all?",
    ),
    RowRule(
        "media-type",
        "ExpectColumnValuesToBeInSet",
        "media_type",
        {"value_set": list(MEDIA_TYPES)},
        "one of " + ", ".join(MEDIA_TYPES),
        "export it as one of these",
    ),
    RowRule(
        "digest",
        _REGEX,
        "raw_digest",
        {"regex": "^[0-9a-f]{32}$"},
        "a digest of the source's bytes",
        "report it: this is a defect of the source's adapter",
    ),
)

_RUN_RULES = (
    RowRule("dag-id", _REGEX, "dag_id", {"regex": r"\S"}, "a DAG id", "see the run in Airflow"),
    RowRule("run-id", _REGEX, "run_id", {"regex": r"\S"}, "a run id", "see the run in Airflow"),
    RowRule(
        "terminal-state",
        "ExpectColumnValuesToBeInSet",
        "state",
        {"value_set": ["success", "failed"]},
        "a run that has ended: success or failed",
        "wait until it ends; the hour in which it does takes it in",
    ),
    RowRule(
        "duration",
        "ExpectColumnValuesToBeBetween",
        "seconds",
        {"min_value": 0, "max_value": 31 * 86400.0},
        "0 s to 31 days from start to end",
        "compare the clocks of scheduler and workers",
    ),
    RowRule(
        "tries",
        "ExpectColumnValuesToBeBetween",
        "tries",
        {"min_value": 0, "max_value": 100_000},
        "0 to 100,000 tries",
        "see the run in Airflow",
    ),
)

_DOCUMENT_COLUMNS = ("id", "external_id", "title", "text_length", "readable_share", "media_type", "raw_digest")
_RUN_COLUMNS = ("dag_id", "run_id", "state", "seconds", "tries")


def contract_named(name: str) -> Contract:
    """Return the contract of this name.

    Raises:
        ConfigurationError: there is none.
    """
    if name not in _CONTRACTS:
        raise ConfigurationError(
            f"unknown contract {name!r}",
            expected="one of " + ", ".join(_CONTRACTS),
            next_step="correct the source's `contract`",
        )
    return _CONTRACTS[name]


def _document_row(staged: dict[str, Any]) -> Row:
    text = str(staged.get("text", ""))
    unreadable = len(_UNREADABLE.findall(text))
    return {
        "id": staged.get("id"),
        "external_id": staged.get("external_id"),
        "title": staged.get("title"),
        "text_length": len(text),
        "readable_share": 1 - unreadable / max(1, len(text)),
        "media_type": staged.get("media_type"),
        "raw_digest": staged.get("raw_digest"),
    }


def _run_row(staged: dict[str, Any]) -> Row:
    facts = staged.get("metadata", {})
    row = _document_row(staged) | {name: facts[name] for name in ("dag_id", "run_id", "state") if name in facts}
    return row | {name: float(facts[name]) for name in ("seconds", "tries") if name in facts}


_CONTRACTS = {
    "documents": Contract("documents", _DOCUMENT_COLUMNS, _DOCUMENT_RULES, _document_row),
    "airflow": Contract("airflow", _DOCUMENT_COLUMNS + _RUN_COLUMNS, _DOCUMENT_RULES + _RUN_RULES, _run_row),
}
