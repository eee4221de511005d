"""What the entries of tables and collections have in common."""

from typing import Literal

from pydantic import Field, field_validator

from kintsugi.errors import ConfigurationError
from kintsugi.records import Labels
from kintsugi.sources.kind import Opening, Options
from kintsugi.sources.media import MARKDOWN, TEXT
from kintsugi.sources.tabular.items import RowItems
from kintsugi.sources.tabular.template import Template, checked


class RowOptions(Options):
    """How rows become documents.

    Attributes:
        title, text: Jinja templates over the columns; ``row["Unit price"]`` is for names that are no words. Without
            them: the table's name and the key, and a line ``column: value`` for each column.
        format: what the template of the text writes.
        watermark: the column that says when a row last changed.
        overlap_seconds: how far behind the highest watermark each run starts again; with partitions of hours or days,
            how long after its end one is taken in. For a watermark of numbers, in its own units.
        full_every: hours between complete listings of a table that is read by watermark; they find what was deleted.
    """

    title: str = ""
    text: str = ""
    format: Literal["text", "markdown"] = "text"
    watermark: str = ""
    overlap_seconds: float = Field(default=300.0, ge=0)
    full_every: float = Field(default=24.0, gt=0)

    _templates = field_validator("title", "text")(checked)

    def items(
        self, *, what: str, label: str, locator: str, labels: Labels, key: tuple[str, ...], max_bytes: int
    ) -> RowItems:
        """Return what makes items of rows."""
        return RowItems(
            what=what,
            label=label,
            locator=locator,
            labels=labels,
            key=key,
            max_bytes=max_bytes,
            title=Template(self.title) if self.title else None,
            text=Template(self.text) if self.text else None,
            media_type=MARKDOWN if self.format == "markdown" else TEXT,
        )


def require_watermark(opening: Opening, options: RowOptions) -> None:
    """Return unless the entry is cut by time and names no column to cut by.

    Raises:
        ConfigurationError: it is so.
    """
    if opening.config.partition != "all" and not options.watermark:
        raise ConfigurationError(
            f"source {opening.config.name}: no watermark",
            expected=f"a column whose time puts a row into its {opening.config.partition}",
            next_step="set options.watermark, or partition: all",
        )
