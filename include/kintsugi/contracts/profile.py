"""The figures of a partition: counted when it is listed, judged before it is loaded, kept once it is committed."""

from collections.abc import Collection, Mapping
from typing import Any

from kintsugi.contracts.baseline import baselines_of, end_of
from kintsugi.contracts.rates import rates_of, require_usual_rates
from kintsugi.contracts.volume import require_usual_volume
from kintsugi.errors import DriftError
from kintsugi.platform import Platform
from kintsugi.records import Figures, Partition, PartitionProfile, RunRef
from kintsugi.sources.partitions import WHOLE
from kintsugi.sources.port import Source
from kintsugi.sources.registry import configured
from kintsugi.stores.records import RecordStore

_FORMER = 30
"""Earlier listings that are kept of a partition that is never over."""


def hold_to_baseline(
    platform: Platform,
    source: Source,
    partition: str,
    counts: Mapping[str, Any],
    run: RunRef,
    accept: Collection[str] = (),
) -> PartitionProfile:
    """Keep the figures of a listing, and hold the partition where they are out of line with those before it.

    Only sources of ``sources.yaml`` are judged: what a person names on the command line is that person's to know. An
    hour that is taken in before its end is not judged either.

    Args:
        platform: whose records keep the figures.
        source: what was listed.
        partition: its partition.
        counts: ``seen``, ``staged``, ``refused``, ``characters`` and ``damaged``; ``cells``, or ``None`` where nobody
            looked at them: those of the listing before are kept then.
        run: who listed it.
        accept: what a person says is meant: ``volume`` (or ``loss``), ``rates``.

    Raises:
        VolumeDrift: there is far less, or far more, than usual.
        RateDrift: far more values than usual are missing, or come twice.
        SourceUnavailable: the source stopped answering.
    """
    records, now = platform.records, platform.records.now()
    meant = bool({"volume", "loss"} & set(accept))
    before = records.get(PartitionProfile, Partition.key_of(source.name, partition))
    rates = rates_of(source, partition)
    cells = counts.get("cells") or (before.figures.cells if before else None)
    profile = PartitionProfile(
        id=Partition.key_of(source.name, partition),
        source=source.name,
        key=partition,
        complete=source.complete,
        at=now,
        figures=Figures.model_validate({"at": now, "accepted": meant, **counts, **rates, "cells": cells}),
        lag=before.lag if before else None,
        before=_former(before) if partition == WHOLE else (),
        run=run,
    )
    try:
        entry = configured(platform.settings).get(source.name)
        if entry is not None and not _goes_on(partition, now):
            baselines = baselines_of(records, profile)
            if not meant and entry.volume == "usual":
                require_usual_volume(profile, baselines)
            if "rates" not in accept:
                require_usual_rates(profile, baselines)
    except DriftError:
        records.put([profile.but(state="held")])
        raise
    records.put([profile])
    return profile


def keep_committed(records: RecordStore, source: str, partition: str) -> None:
    """Let the figures of a partition that was just committed, and is over, count for those after it."""
    profile = records.get(PartitionProfile, Partition.key_of(source, partition))
    now = records.now()
    if profile is not None and profile.state == "listed" and not _goes_on(partition, now):
        lag = _lag(partition, now) if profile.lag is None else profile.lag
        records.put([profile.but(state="committed", at=now, lag=lag)])


def _former(before: PartitionProfile | None) -> tuple[Figures, ...]:
    """Return the earlier listings; one of everything and one of changes are no match for each other."""
    if before is None:
        return ()
    listed = before.figures.model_copy(update={"cells": None})
    own = (listed,) if before.state == "committed" and before.complete else ()
    return (*before.before, *own)[-_FORMER:]


def _goes_on(partition: str, now: float) -> bool:
    lag = _lag(partition, now)
    return lag is not None and lag < 0


def _lag(partition: str, now: float) -> float | None:
    end = end_of(partition)
    return None if end is None else now - end.timestamp()
