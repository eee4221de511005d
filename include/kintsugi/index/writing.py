"""The steps between plan and finish, batch by batch, with signs of life for a generation that is being built."""

from kintsugi.index.current import OVERLAP, IdRange
from kintsugi.index.embed import EmbedOutcome, embed
from kintsugi.index.follow import follow, mark_of
from kintsugi.index.generations import alive, named
from kintsugi.index.plan import PublishPlan
from kintsugi.index.write import WriteCounts, write
from kintsugi.platform import Platform
from kintsugi.records import RunRef


def embed_batch(platform: Platform, planned: PublishPlan, batch: IdRange) -> EmbedOutcome:
    """Give every chunk of this batch a vector, from the cache where there is one."""
    return embed(platform, planned.since, batch, lambda: alive(platform.records, planned.generation))


def write_all(platform: Platform, planned: PublishPlan, run: RunRef) -> WriteCounts:
    """Write every batch of the plan; first the generations beside the one written to are brought along.

    First, so that its watermark, which says that all is done, is the last thing to move.
    """
    there = set(platform.index.names())
    for name in planned.beside:
        if name in there:
            since = max(planned.since, mark_of(platform, named(platform.records, name)) - OVERLAP)
            for batch in planned.batches:
                follow(platform, named(platform.records, name), since, batch, run)
                alive(platform.records, planned.generation)
    counts = WriteCounts()
    for batch in planned.batches:
        counts += write(platform, planned.generation, planned.since, batch, run)
    return counts
