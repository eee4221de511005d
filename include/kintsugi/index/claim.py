"""Which generation a publish writes to."""

from collections.abc import Sequence

import structlog

from kintsugi.documents.chunk import pipeline_of
from kintsugi.documents.identity import digest
from kintsugi.index.generations import changed, named, serving
from kintsugi.index.project import entries_pipeline
from kintsugi.platform import Platform
from kintsugi.records import Fingerprint, Generation, RunRef
from kintsugi.settings import Settings
from kintsugi.stores.records import RecordStore


def pipeline_of_index(settings: Settings) -> str:
    """Return the name of what, besides the embedding, decides about the entries of a generation."""
    return entries_pipeline(pipeline_of(settings))


def claim(platform: Platform, run: RunRef) -> Generation:
    """Return the generation that publishing writes to, its index made; see `target_of`. A new one where there is none.

    Its name is made from what it holds and a number, so that two processes that claim at once claim the same one.
    """
    alike = holding_what_is_set(platform)
    target = target_of(serving(platform.records), alike)
    return prepared(platform, target or _new(platform, len(alike), run))


def claim_fresh(platform: Platform, run: RunRef) -> Generation:
    """Return a generation that is filled from nothing beside the serving one, whatever that holds.

    One that somebody began and that was neither held nor rejected is gone on with: who built it was killed.
    """
    alike = holding_what_is_set(platform)
    begun = [each for each in alike if _is_unfinished(each) and each.dropped_at is None]
    return prepared(platform, begun[-1] if begun else _new(platform, len(alike), run))


def target_of(served: Generation | None, alike: Sequence[Generation]) -> Generation | None:
    """Choose among the generations of the embedding and pipeline that are set, oldest first; ``None``: build one.

    The serving one, where it is among them; else the newest that is being built, waits for the gate, or served before:
    the settings were set back, or a person rolled back from it.
    """
    if served is not None and served.id in {each.id for each in alike}:
        return served
    usable = [each for each in alike if each.state in ("building", "ready", "previous") and each.dropped_at is None]
    return usable[-1] if usable else None


def prepared(platform: Platform, generation: Generation) -> Generation:
    """Make the generation's index where there is none, and return the generation.

    When its index was lost its watermark begins anew: everything is written again, from the truth.
    """
    if generation.watermark and generation.id not in platform.index.names():
        structlog.get_logger().warning("index_lost", generation=generation.id)
        generation = emptied(platform.records, generation)
    platform.index.create(generation.id, generation.dimension)
    return generation


def emptied(records: RecordStore, generation: Generation) -> Generation:
    """Note that the index is filled, or looked through, from the beginning.

    A publish under way moves the generation's watermark no more.
    """
    anew = {"watermark": 0.0, "followed": 0.0, "buried": 0.0}
    return changed(records, generation.id, lambda each: each.but(fill=each.fill + 1, **anew))


def holds_what_is_set(platform: Platform, generation: Generation) -> bool:
    """Return whether the generation is of the embedding and the pipeline that are set."""
    wanted = (platform.embedder.fingerprint.id, pipeline_of_index(platform.settings))
    return (generation.fingerprint, generation.pipeline) == wanted


def holding_what_is_set(platform: Platform) -> list[Generation]:
    """Return the generations of the embedding and the pipeline that are set, oldest first."""
    return [each for each in platform.records.scan(Generation) if holds_what_is_set(platform, each)]


def _is_unfinished(generation: Generation) -> bool:
    """Return whether who built it was killed: before it was complete, before the gate, or before the flip."""
    judged = generation.gate.get("ruling", "promote")
    return generation.state == "building" or (generation.state == "ready" and judged == "promote")


def _new(platform: Platform, before: int, run: RunRef) -> Generation:
    records = platform.records
    fingerprint: Fingerprint = platform.embedder.fingerprint
    records.insert(fingerprint)
    pipeline = pipeline_of_index(platform.settings)
    name = f"g-{digest(fingerprint.id, pipeline, size=4)}-{before + 1:03}"
    now = records.now()
    generation = Generation(
        id=name,
        fingerprint=fingerprint.id,
        dimension=fingerprint.dimension,
        pipeline=pipeline,
        state="building",
        heartbeat=now,
        run=run,
        created_at=now,
    )
    if records.insert(generation):
        structlog.get_logger().info("generation_building", generation=name, fingerprint=fingerprint.id)
    return named(records, name)
