"""From stored trajectories to patterns: one pass of the AutoRefine loop over what has come since the last one."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

import structlog

from autorefine.config import RefineConfig
from autorefine.loop import AutoRefine
from autorefine.report import RefineReport
from autorefine.repository import VersionConflict
from autorefine.trajectory import Trajectory
from kintsugi.documents.intake.refuse import quarantined, store_refusals
from kintsugi.errors import AGAIN, ConflictError, DataError
from kintsugi.expertise.happened import FIRST, Position, in_order
from kintsugi.expertise.proposing import proposer
from kintsugi.expertise.repository import StoredPatterns
from kintsugi.expertise.screen import fault_of
from kintsugi.platform import Platform
from kintsugi.records import LoopState, RunRef, StoredTrajectory, Watermark
from kintsugi.stores.records import RecordStore
from kintsugi.stores.where import AtLeast

WATERMARK = "refine"
PASS = "refine/pass"
"""Id of the record that says how far an unfinished pass has come."""

OVERLAP = 600.0
"""Seconds before the watermark that are read again: a slow writer stamps a trajectory before others can see it."""

_PAGE = 200
_COUNTS = ("n", "new", "known", "changed", "waiting", "proposed", "admitted", "retired", "refused")
_ASKED = ("requests", "reused", "failed", "refused", "tokens_in", "tokens_out")


def refine(platform: Platform, run: RunRef, config: RefineConfig | None = None) -> dict[str, Any]:
    """Run the loop over the trajectories that it has not seen; return its report as a JSON document.

    Takes those that were gathered before it began, in the order in which they happened; one that is gathered later, or
    becomes visible late, is taken by the next pass, whenever it happened. Reads them in pages, so memory stays flat,
    and stores after each page how far it has come: a pass that was killed is continued, not begun again. What the loop
    has taken in is passed over, so that without new trajectories nothing is written but its own position. What a pass
    decides, it decides at the time when it was begun, also when it is continued later. ``refused`` counts trajectories
    that can't be read; they are in quarantine. With a language model, ``model`` tells how often it was asked; there,
    ``refused`` are the questions that were not put to it, since the day had had its calls.

    Raises:
        ConflictError: another pass is running; trying again later is right.
    """
    records = platform.records
    patterns = StoredPatterns(records)
    model = proposer(platform)
    config = replace(config or RefineConfig(), fault_of=fault_of)
    if model is not None:
        config = replace(config, proposers=(model,))
    refused = 0
    try:
        report = RefineReport(n=0)
        resumed = records.get(LoopState, PASS) is not None
        for _ in range(2 if resumed else 1):  # what was stored since the resumed pass began is behind its end
            current = _begun(records)
            loop = AutoRefine(patterns, config, clock=partial(float, current.body["until"]))
            for page, last in _pages(records, current):
                readable, unreadable = _read(page)
                refused += _refuse(records, unreadable, run)
                report = report.then(loop.refine(readable))
                current = _moved(records, current, last)
            report = report.then(loop.refine(()))
            _finished(records, current)
    except VersionConflict as error:
        raise ConflictError("refine: another pass is at work", got=str(error), next_step=AGAIN) from error
    document = report.to_document() | {"refused": refused}
    counts = {key: document[key] for key in _COUNTS} | {"contradicted": len(report.contradicted)}
    structlog.get_logger().info("patterns_refined", run=str(run), **counts)
    if model is not None:
        asked = {name: getattr(model.usage, name) for name in _ASKED}
        structlog.get_logger().info("model_asked", run=str(run), **asked)
        document |= {"model": asked}
    return document


def waiting(records: RecordStore) -> int:
    """Return how many trajectories were gathered after the last pass began; 0 when it has seen all there are."""
    watermark = records.get(Watermark, WATERMARK)
    return records.count(StoredTrajectory, {"gathered_at": AtLeast(watermark.at if watermark else 0.0)})


def _begun(records: RecordStore) -> LoopState:
    """Return the unfinished pass, or a new one from the watermark."""
    unfinished = records.get(LoopState, PASS)
    if unfinished is not None:
        return unfinished
    watermark = records.get(Watermark, WATERMARK)
    since = watermark.at - OVERLAP if watermark else 0.0
    begun = LoopState(id=PASS, body={"since": since, "until": records.now(), "after": None})
    records.put([begun])
    return begun


def _pages(records: RecordStore, current: LoopState) -> Iterator[tuple[list[StoredTrajectory], Position]]:
    since, until, after = (current.body[name] for name in ("since", "until", "after"))
    begin = (after[0], after[1]) if isinstance(after, list | tuple) else FIRST  # ids came alone in older versions
    with closing(in_order(records, since=since, until=until, after=begin)) as positions:
        while page := list(islice(positions, _PAGE)):
            stored = records.get_many(StoredTrajectory, [id for _, id in page])
            yield [stored[id] for _, id in page if id in stored], page[-1]


def _moved(records: RecordStore, current: LoopState, after: Position) -> LoopState:
    moved = current.but(body={**current.body, "after": list(after)})
    records.put([moved])
    return moved


def _finished(records: RecordStore, current: LoopState) -> None:
    records.put([Watermark(id=WATERMARK, at=current.body["until"])])
    records.delete(LoopState, [PASS])


def _read(page: list[StoredTrajectory]) -> tuple[list[Trajectory], list[tuple[StoredTrajectory, ValueError]]]:
    readable: list[Trajectory] = []
    unreadable = []
    for stored in page:
        try:
            readable.append(Trajectory.from_document(stored.body))
        except ValueError as error:
            unreadable.append((stored, error))
    return readable, unreadable


def _refuse(records: RecordStore, unreadable: list[tuple[StoredTrajectory, ValueError]], run: RunRef) -> int:
    refusals = []
    for stored, error in unreadable:
        refusal = DataError(
            f"trajectory {stored.id} from {stored.origin}",
            expected="a trajectory in autorefine's document form",
            got=str(error),
            next_step="correct whoever gathered it; once it is stored anew, the next pass takes it in",
        ).named("trajectory")
        refusals.append(quarantined("trajectories", stored.origin, stored.id, "", refusal, run, records.now()))
    return store_refusals(records, refusals)
