"""Stage 2: a shard is held against its source's contract; rows that break it go to quarantine."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from kintsugi.contracts.check import check, check_columns, suite_name
from kintsugi.contracts.contract import Failure
from kintsugi.contracts.data_docs import write_data_doc
from kintsugi.contracts.schema import schema_of
from kintsugi.contracts.sources import contract_named
from kintsugi.documents.intake.claim import recorded, require_owner
from kintsugi.documents.intake.refuse import quarantined, store_refusals
from kintsugi.documents.intake.staging import (
    Header,
    columns_of,
    header_of,
    kept_path,
    read_documents,
    write_whole,
)
from kintsugi.errors import DataError, KintsugiError
from kintsugi.platform import Platform
from kintsugi.records import Partition, PartitionProfile, RunRef
from kintsugi.sources.config import load_sources


def validate(platform: Platform, shard: str, run: RunRef) -> str:
    """Return the path of a copy of the shard without the rows that its contract refuses.

    Raises:
        DriftError: columns, schema or volume of the shard are not as agreed; the partition is held.
        TerminalError: the contract could not be checked in full; nothing of the shard is let through.
        StaleEpochError: another run has claimed the partition.
    """
    path = Path(shard)
    header = header_of(path.parent)
    with recorded(platform, header.source, header.partition, run, header.epoch):
        require_owner(platform.records, header.source, header.partition, run, header.epoch)
        contract = contract_named(header.contract)
        what = f"source {header.source}, partition {header.partition}, {path.name}"
        docs = _Docs(platform, header, path, run)
        columns = _columns(platform, header, path.parent, what)
        rows = [contract.row_of(staged) for staged in read_documents(path)]
        verdict = check(contract, rows, what, suite=docs.suite, report=lambda results: docs.add([*columns, *results]))
        by_row: dict[int, list[Failure]] = {}
        for failure in verdict.failures:
            by_row.setdefault(failure.row, []).append(failure)
        now = platform.records.now()
        refusals = [
            quarantined(
                header.source,
                header.partition,
                str(staged.get("external_id")),
                str(staged.get("id")),
                _error(failure, str(staged.get("external_id"))),
                run,
                now,
                sample=str(staged.get("text", "")),
                payload=str(staged.get("locator", "")),
            )
            for row, staged in enumerate(read_documents(path))
            for failure in by_row.get(row, [])
        ]
        store_refusals(platform.records, refusals)
        kept = kept_path(path)
        lines = path.open(encoding="utf-8", newline="\n")
        with lines:
            write_whole(kept, (line.rstrip("\n") for row, line in enumerate(lines) if row not in by_row))
        structlog.get_logger().info(
            "shard.validated",
            source=header.source,
            partition=header.partition,
            run=str(run),
            shard=path.name,
            expectations=verdict.evaluated,
            refused=len(by_row),
        )
        return str(kept)


def _columns(platform: Platform, header: Header, folder: Path, what: str) -> Sequence[Any]:
    """Hold a table's columns, as they were when it was listed, against those agreed on."""
    present, schema = columns_of(folder), schema_of(platform, header.source)
    if not present or schema is None:
        return []
    agreed = [each.name for each in schema.columns]
    return check_columns(agreed, present, what, suite=suite_name(header.source, header.contract))


class _Docs:
    """Data Docs of a partition: of its first shard, and of each later one in which something fails."""

    def __init__(self, platform: Platform, header: Header, shard: Path, run: RunRef) -> None:
        self.suite = suite_name(header.source, header.contract)
        self._platform = platform
        self._source = header.source
        self._partition = Partition.key_of(header.source, header.partition)
        self._first = shard.stem.endswith("-00000")
        at = datetime.fromtimestamp(platform.records.now(), UTC)
        self._what = f"partition {header.partition}, {shard.stem}, run {run}, {at:%Y-%m-%d %H:%M:%S} UTC"

    def add(self, results: Sequence[Any]) -> None:
        """Write the page; that it can't be written is no reason to refuse anything."""
        if not (self._first or any(not each.success for each in results)):
            return
        settings = self._platform.settings
        entry = load_sources(settings).sources.get(self._source)
        samples = entry is None or "everyone" in entry.labels.access
        profile = self._platform.records.get(PartitionProfile, self._partition)
        cells = profile.figures.cells if profile else None
        try:
            write_data_doc(settings, self._source, self.suite, results, self._what, samples=samples, cells=cells)
        except (KintsugiError, OSError) as error:
            structlog.get_logger().warning("data_docs.not_written", source=self._source, error=str(error))


def _error(failure: Failure, external_id: str) -> DataError:
    rule = failure.rule
    return DataError(
        f"document {external_id}: check {rule.check}",
        expected=rule.expected,
        got=f"{rule.column} = {failure.value}",
        next_step=rule.next_step,
    ).named(rule.check)
