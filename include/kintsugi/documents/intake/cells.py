"""Wrong cells of a listing of rows: counted for its figures; rows are refused for them where the entry asks for it."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import structlog

from kintsugi.contracts.drift import CellDrift
from kintsugi.contracts.wrong_cells import (
    SURE,
    Found,
    GivesNamedRows,
    Look,
    found_in,
    in_a_sentence,
    look,
    masked,
    texts_of,
)
from kintsugi.documents.intake.refuse import refusal_id
from kintsugi.errors import DataError, KintsugiError
from kintsugi.platform import Platform
from kintsugi.records import CellFigures, OddCell, Quarantined
from kintsugi.sources.config import WrongCells, load_sources
from kintsugi.sources.port import RawItem, Source

CELL = "cell"
"""Name of the check that refuses a row for a cell of it."""

EXAMPLES = 5
MOST = 10_000
"""Rows that are refused in one listing at most: of more, nobody looks at them one by one."""

_FILE = "rows.jsonl"
_PAGE = 500
_NAMED = 3

Staged = tuple[str, str, str]
"""Document, external id and digest of a row that is to be loaded."""


class CellContract:
    """What one listing of one source comes to, cell by cell. Staged rows wait on disk until the listing has ended."""

    def __init__(self, platform: Platform, source: Source, partition: str, folder: Path, *, only: bool) -> None:
        entry = load_sources(platform.settings).sources.get(source.name)
        self._policy: WrongCells = entry.wrong_cells if entry else "ignore"
        self._shown = entry is not None and "everyone" in entry.labels.access
        self._platform = platform
        self._source = source
        self._partition = partition
        self._only = only
        self._path = folder / _FILE
        self._waiting: list[str] = []
        self._log = structlog.get_logger().bind(source=source.name, partition=partition)
        self.figures: CellFigures | None = None

    def note(self, identity: str, item: RawItem, raw_digest: str) -> None:
        """Remember a row that is staged."""
        if self._policy == "quarantine" and item.row is not None:
            self._waiting.append(json.dumps([identity, item.external_id, raw_digest, texts_of(item.row)]) + "\n")
            if len(self._waiting) >= _PAGE:
                self._flush()

    def judge(self, staged: int) -> dict[str, DataError]:
        """Look at the partition, once its listing has ended; return why rows are refused, by document.

        Where nothing is to be loaded, nothing is looked at. Only a look that may refuse something may fail.

        Args:
            staged: documents that are to be loaded.

        Raises:
            CellDrift: more rows than anybody can look at would be refused.
            SourceUnavailable: the source stopped answering.
        """
        self._flush()
        if not staged or self._policy == "ignore" or not isinstance(self._source, GivesNamedRows):
            return {}
        if self._only:
            return self._still_refused()
        if self._policy == "quarantine":
            return self._refused(look(self._source, self._partition))
        if self._source.complete:
            try:
                self._counted(look(self._source, self._partition), 0)
            except KintsugiError as error:  # a report holds nothing up
                self._log.warning("cells.not_judged", error=str(error)[:500])
        return {}

    def _counted(self, seen: Look, refused: int) -> None:
        surest = sorted(seen.found, key=lambda each: -each.cell.confidence)[:EXAMPLES] if self._shown else []
        self.figures = CellFigures(
            rows=seen.rows, cells=len(seen.found), refused=refused, examples=tuple(map(_example, surest))
        )
        self._log.info("cells.judged", rows=seen.rows, cells=len(seen.found), refused=refused)

    def _refused(self, seen: Look) -> dict[str, DataError]:
        refused: dict[str, DataError] = {}
        if seen.habits is not None:
            for page in self._pages():
                wrong: dict[int, list[Found]] = {}
                for each in found_in(seen.habits, ((str(n), row) for n, (_, row) in enumerate(page))):
                    if each.cell.confidence >= SURE:
                        wrong.setdefault(int(each.item), []).append(each)
                released = self._released([page[n][0] for n in wrong])
                for n, (staged, _) in enumerate(page):
                    refused.pop(staged[0], None)  # of two changes of one row the last one counts
                    if n in wrong and staged[0] not in released:
                        refused[staged[0]] = _error(staged[1], wrong[n])
                self._require_few(refused)
        self._counted(seen, len(refused))
        return refused

    def _still_refused(self) -> dict[str, DataError]:
        """Return the refusals of the same content that nobody has released: other checks are none of theirs."""
        refused = {}
        for page in self._pages():
            for identity, known in self._known([staged for staged, _ in page]).items():
                if known.state != "released":
                    error = DataError(known.item, expected=known.expected, got=known.value, next_step=known.next_step)
                    refused[identity] = error.named(CELL)
        return refused

    def _released(self, staged: Sequence[Staged]) -> set[str]:
        """Return the documents whose row a person has released as it is."""
        return {name for name, known in self._known(staged).items() if known.state == "released" and known.by}

    def _known(self, staged: Sequence[Staged]) -> Mapping[str, Quarantined]:
        """Return the refusals that speak of the same content, by document."""
        ids = {refusal_id(self._source.name, external_id, CELL): (name, mark) for name, external_id, mark in staged}
        found = self._platform.records.get_many(Quarantined, ids)
        return {ids[id][0]: known for id, known in found.items() if known.content == ids[id][1]}

    def _flush(self) -> None:
        if self._waiting:
            with self._path.open("a", encoding="utf-8") as lines:
                lines.writelines(self._waiting)
        self._waiting = []

    def _pages(self) -> Iterator[list[tuple[Staged, dict[str, str]]]]:
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as lines:
            while page := [json.loads(line) for line in islice(lines, _PAGE)]:
                yield [((identity, external_id, mark), row) for identity, external_id, mark, row in page]

    def _require_few(self, refused: Collection[str]) -> None:
        if len(refused) > MOST:
            raise CellDrift(
                f"source {self._source.name}, partition {self._partition}: too many rows have a cell that contradicts "
                "the others",
                expected=f"at most {MOST} in one listing",
                got=f"{len(refused)} so far; none of them was taken in",
                next_step="correct the source, or set `wrong_cells: report` in its entry, then run the partition again",
            )


def _error(external_id: str, found: Sequence[Found]) -> DataError:
    cells = [masked(each.cell) for each in sorted(found, key=lambda each: -each.cell.confidence)[:_NAMED]]
    suggested = [f"{each.column} {each.suggestion!r}" for each in cells if each.suggestion is not None]
    return DataError(
        f"document {external_id}: a cell contradicts the other rows",
        expected=", ".join(suggested) or f"a value of {cells[0].column} like those of the other rows",
        got="cell: " + "; ".join(map(in_a_sentence, cells)),
        next_step="correct the row in its table; if it is right, release it: it is not asked about again as it is",
    ).named(CELL)


def _example(found: Found) -> OddCell:
    cell = masked(found.cell)
    return OddCell(
        item=found.item,
        column=cell.column,
        value=cell.value,
        reason=cell.reason,
        confidence=cell.confidence,
        suggestion=cell.suggestion,
    )
