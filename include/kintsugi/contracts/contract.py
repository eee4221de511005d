"""What a contract is: expectations of a whole shard, and expectations of each of its rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
"""One staged document as the contract sees it: plain values by column."""


@dataclass(frozen=True)
class RowRule:
    """One expectation that each row must meet.

    Attributes:
        check: name of the check, kept in the quarantine record.
        kind: class name of a Great Expectations expectation on one column.
        column: the column that it looks at.
        arguments: the expectation's own arguments.
        expected: what it expects, in words.
        next_step: what a person does with a row that fails.
    """

    check: str
    kind: str
    column: str
    arguments: dict[str, Any]
    expected: str
    next_step: str


@dataclass(frozen=True)
class Contract:
    """What a source's shards have to be like.

    Attributes:
        name: e.g. ``documents``.
        columns: exactly these columns must be there; anything else is drift of the schema.
        max_rows: rows of a shard, at least one and at most these.
        rules: what each row must meet.
        row_of: makes a row of a staged document.
    """

    name: str
    columns: tuple[str, ...]
    rules: tuple[RowRule, ...]
    row_of: Callable[[dict[str, Any]], Row]
    max_rows: int = 10_000


@dataclass(frozen=True)
class Failure:
    """A row that a rule refused, with the value that it had."""

    row: int
    rule: RowRule
    value: str


@dataclass(frozen=True)
class Verdict:
    """The outcome of a shard whose schema and volume are as agreed. ``evaluated`` counts expectations."""

    evaluated: int
    failures: Sequence[Failure]
