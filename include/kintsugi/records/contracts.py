"""What was agreed about a source's columns, and the figures of its partitions that later ones are held against."""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from kintsugi.records.base import Record
from kintsugi.records.operations import Column
from kintsugi.records.provenance import RunRef


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class ColumnSketch(_Part):
    """What is remembered of a column's values, from some rows and without any of the values.

    Attributes:
        values: how many values it was made of.
        nulls: share of rows without a value.
        distinct: how many different values there were.
        marks: the smallest digests of the values (32 bits each), sorted: a bottom-k sketch.
        shapes: the commonest forms of the values and their shares, letters as ``a`` and digits as ``9``.
        looks: the share of values that read as an integer, a number, a time or text.
        quantiles: lowest, quarter, middle, three quarters and highest of the values that read as numbers.
    """

    values: int = 0
    nulls: float = 0.0
    distinct: int = 0
    marks: tuple[int, ...] = ()
    shapes: dict[str, float] = {}
    looks: dict[str, float] = {}
    quantiles: tuple[float, ...] = ()


class Pairing(_Part):
    """A column that is thought to be an agreed one under a new name; scores are 0 to 1.

    ``values`` is ``None`` where there were no values to compare.
    """

    present: str
    agreed: str
    score: float
    names: float
    values: float | None = None


class Retyping(_Part):
    """An agreed column whose values are of another type now; ``column`` is its agreed name."""

    column: str
    before: str
    now: str


class SchemaProposal(_Part):
    """How a source's columns differ from what was agreed, and what that seems to mean.

    Attributes:
        fingerprint: of the present columns; a decision about others is none about these.
        present: the columns as the source has them, under its own names.
        pairs: renamings, each column in one of them at most.
        added: present names that are nobody's.
        removed: agreed names that nothing stands for any more.
        retyped: agreed columns of another type.
        mapping: from present to agreed names, where they differ, if this is accepted.
        sketches: of the present columns, by present name.
        partition: where it was seen.
        at: store time at which it was first seen.
    """

    fingerprint: str
    present: tuple[Column, ...]
    pairs: tuple[Pairing, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[Retyping, ...] = ()
    mapping: dict[str, str] = {}
    sketches: dict[str, ColumnSketch] = {}
    partition: str
    at: float

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of change: added, removed, renamed, retyped."""
        found = {"added": self.added, "removed": self.removed, "renamed": self.pairs, "retyped": self.retyped}
        return frozenset(name for name, changes in found.items() if changes)

    @property
    def changes(self) -> int:
        """How many columns are concerned."""
        return len(self.pairs) + len(self.added) + len(self.removed) + len(self.retyped)


class SourceSchema(Record):
    """The columns that were agreed on for a source. ``id`` is the source.

    Attributes:
        columns: under their agreed names, in the source's order.
        mapping: from the source's names to the agreed ones, where they differ.
        sketches: by agreed name.
        accepted_by: who agreed: a person, ``first`` for the first time, or the ``rule`` of the source's entry.
        accepted_at: store time.
        proposal: what was seen instead, and waits for a decision.
        history: what was decided before, newest last: at, by, what.
    """

    collection: ClassVar[str] = "source_schemas"

    columns: tuple[Column, ...]
    mapping: dict[str, str] = {}
    sketches: dict[str, ColumnSketch] = {}
    accepted_by: str
    accepted_at: float
    run: RunRef
    proposal: SchemaProposal | None = None
    history: tuple[dict[str, Any], ...] = ()


class OddCell(_Part):
    """A cell of the row that became the document ``item`` that is probably wrong; masked, so that it may be shown."""

    item: str
    column: str
    value: str
    reason: str
    confidence: float
    suggestion: str | None = None


class CellFigures(_Part):
    """What was found when a partition's cells were held against one another.

    Attributes:
        rows: how many were looked at.
        cells: how many cells of them are probably wrong.
        refused: rows that were refused for it.
        examples: some of the cells, the surest first; none of a source that not everyone may read.
    """

    rows: int = 0
    cells: int = 0
    refused: int = 0
    examples: tuple[OddCell, ...] = ()


class Figures(_Part):
    """What one listing of a partition came to.

    Attributes:
        at: store time.
        seen, staged, refused: items.
        characters: of the staged text.
        damaged: items that were refused for encoding damage.
        accepted: a person said that the amount is meant.
        rows: rows that the rates were counted from; 0 where none were.
        nulls: by agreed column, the share of rows without a value.
        repeats: by agreed column, the share of values that came before among the same rows.
        cells: wrong cells; ``None`` where nobody looked.
    """

    at: float
    seen: int = 0
    staged: int = 0
    refused: int = 0
    characters: int = 0
    damaged: int = 0
    accepted: bool = False
    rows: int = 0
    nulls: dict[str, float] = {}
    repeats: dict[str, float] = {}
    cells: CellFigures | None = None


class PartitionProfile(Record):
    """The figures of a partition's newest listing. ``id`` is the partition's.

    Attributes:
        state: ``committed`` counts for the baseline of later partitions; the others don't.
        complete: whether everything was listed, or only what changed.
        at: store time of the listing; of a committed one, of its commit.
        lag: seconds from the end of an hour or day until it was first committed.
        before: earlier committed listings of a partition that is never over, newest last.
    """

    collection: ClassVar[str] = "partition_profiles"
    indexed: ClassVar[tuple[str, ...]] = ("source", "state", "at")
    expires: ClassVar[tuple[str, float] | None] = ("at", 400 * 86_400.0)

    source: str
    key: str
    state: Literal["listed", "held", "committed"] = "listed"
    complete: bool = True
    at: float
    figures: Figures
    lag: float | None = None
    before: tuple[Figures, ...] = ()
    run: RunRef
