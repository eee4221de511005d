"""From records to the served index: plan → embed → write → finish, each step safe to run twice.

What there is to do is computed from the generation's watermark, never from the events that woke a run.
"""

from dataclasses import dataclass

from kintsugi.index.claim import emptied, prepared
from kintsugi.index.finish import finish
from kintsugi.index.generations import named, serving
from kintsugi.index.plan import PublishPlan, plan, plan_build, plan_for
from kintsugi.index.write import require_fingerprint
from kintsugi.index.writing import embed_batch, write_all
from kintsugi.platform import Platform
from kintsugi.records import RunRef

__all__ = [
    "PublishOutcome",
    "PublishPlan",
    "build",
    "embed_batch",
    "finish",
    "plan",
    "plan_build",
    "publish",
    "rebuild",
    "write_all",
]


@dataclass(frozen=True)
class PublishOutcome:
    """What a publish run did; ``verdict`` is the golden gate's, empty where no gate was needed."""

    generation: str
    embedded: int
    reused: int
    written: int
    deleted: int
    unchanged: int
    refused: int
    flipped: bool
    verdict: str


def publish(platform: Platform, run: RunRef) -> PublishOutcome:
    """Run all steps in this process: for the command line, benchmarks and tests."""
    return carry_out(platform, plan(platform, run), run)


def build(platform: Platform, run: RunRef) -> PublishOutcome:
    """Build a new generation beside the serving one, from the truth alone, pass the gate, and flip when promoted.

    For a person's command: also where nothing changed. Texts that have a vector are not embedded again.
    """
    return carry_out(platform, plan_build(platform, run), run)


def rebuild(platform: Platform, run: RunRef) -> PublishOutcome:
    """Drop the served index and fill it anew from the truth, after it was lost or damaged; embeds nothing known.

    Until it has finished, answers are missing or incomplete; `build` avoids that, where there still is an index.

    Raises:
        FingerprintMismatch: the served generation is of another embedding than is set: it could not be filled again.
        ConfigurationError: the engine can't be worked with, or its alias is taken; nothing was dropped.
    """
    generation = serving(platform.records)
    if generation is None:
        return publish(platform, run)
    require_fingerprint(platform, generation)
    platform.index.describe()  # an engine that has changed hands is found before the old index is gone
    platform.index.drop(generation.id)
    generation = prepared(platform, emptied(platform.records, generation))
    return carry_out(platform, plan_for(platform, generation, run), run)


def carry_out(platform: Platform, planned: PublishPlan, run: RunRef) -> PublishOutcome:
    """Do what was planned: embed, write, finish."""
    made = [embed_batch(platform, planned, batch) for batch in planned.batches]
    counts = write_all(platform, planned, run)
    verdict = finish(platform, planned, run)
    generation = named(platform.records, planned.generation)
    return PublishOutcome(
        generation=generation.id,
        embedded=sum(each.embedded for each in made),
        reused=sum(each.reused for each in made),
        written=counts.written,
        deleted=counts.deleted,
        unchanged=counts.unchanged,
        refused=counts.refused,
        flipped=verdict.flipped,
        verdict=generation.verdict,
    )
