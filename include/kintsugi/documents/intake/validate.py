"""Stage 2: a shard is held against its source's contract; rows that break it go to quarantine."""

from pathlib import Path

import structlog

from kintsugi.contracts.check import check
from kintsugi.contracts.contract import Failure
from kintsugi.contracts.sources import contract_named
from kintsugi.documents.intake.claim import recorded, require_owner
from kintsugi.documents.intake.refuse import quarantined, store_refusals
from kintsugi.documents.intake.staging import header_of, kept_path, read_documents, write_whole
from kintsugi.errors import DataError
from kintsugi.platform import Platform
from kintsugi.records import RunRef


def validate(platform: Platform, shard: str, run: RunRef) -> str:
    """Return the path of a copy of the shard without the rows that its contract refuses.

    Raises:
        DriftError: schema or volume of the shard are not as agreed; the partition is held.
        TerminalError: the contract could not be checked in full; nothing of the shard is let through.
        StaleEpochError: another run has claimed the partition.
    """
    path = Path(shard)
    header = header_of(path.parent)
    with recorded(platform, header.source, header.partition, run, header.epoch):
        require_owner(platform.records, header.source, header.partition, run, header.epoch)
        contract = contract_named(header.contract)
        what = f"source {header.source}, partition {header.partition}, {path.name}"
        verdict = check(contract, [contract.row_of(staged) for staged in read_documents(path)], what)
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


def _error(failure: Failure, external_id: str) -> DataError:
    rule = failure.rule
    return DataError(
        f"document {external_id}: check {rule.check}",
        expected=rule.expected,
        got=f"{rule.column} = {failure.value}",
        next_step=rule.next_step,
    ).named(rule.check)
