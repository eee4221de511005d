"""Load the partitions that an outage left out."""

from kintsugi.errors import TerminalError
from kintsugi.healing.actions.action import Arguments, Done, Wait, Work
from kintsugi.healing.backoff import delay_before
from kintsugi.healing.budget import BlastRadius
from kintsugi.healing.gap import gap_of
from kintsugi.healing.transitions import round_of
from kintsugi.index.judging import batches
from kintsugi.platform import Platform
from kintsugi.records import Repair

BATCH = 8
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 15.0
PATIENCE = 3600.0
"""Seconds that one batch of partition runs may take."""


class BackfillGap:
    """Runs the partitions that failed while their source was away, a few at a time, and no others.

    Arguments: ``source``. The gap is read when the action runs, so that what failed while it waited for the source is
    filled too. The id of a partition's run is made from incident, round and partition: starting twice is starting
    once.
    """

    name = "backfill-gap"

    def blast_radius(self, platform: Platform, arguments: Arguments) -> BlastRadius:
        """Return the partitions of the gap. They hold nothing yet, so the share of what is there is 0."""
        source = str(arguments["source"])
        return BlastRadius(len(gap_of(platform, source)), 0.0, (source,))

    def dry_run(self, platform: Platform, arguments: Arguments) -> str:
        """Name the partitions that would run."""
        keys = [partition.key for partition in gap_of(platform, str(arguments["source"]))]
        return f"would run {len(keys)} partitions of source {arguments['source']}: {', '.join(keys) or 'none'}"

    def run(self, work: Work) -> Done | Wait:
        """Start the next batch, or look after the one that runs.

        Raises:
            TerminalError: a partition's run failed, or a batch took longer than `PATIENCE`.
        """
        source = str(work.arguments["source"])
        for line in work.ledger.lines():
            if line.state == "started":
                waiting = self._advance(work, source, line)
                if waiting:
                    return waiting
        ran = {key for line in work.ledger.lines() for key in line.items}
        gap = [partition.key for partition in gap_of(work.platform, source)]
        for batch in batches([key for key in gap if key not in ran], BATCH):
            line = work.ledger.begin(batch, {"source": source, "looks": 0})
            waiting = self._advance(work, source, line)
            if waiting:
                return waiting
        done = sum(len(line.items) for line in work.ledger.lines())
        return Done(f"{done} partitions of source {source} backfilled")

    def undo(self, work: Work, line: Repair) -> str:
        """Leave what was loaded: it is true, and the same as the partition's own run would have loaded."""
        return ""

    def _advance(self, work: Work, source: str, line: Repair) -> Wait | None:
        states = {}
        for partition in line.items:
            key = run_key(work.incident.id, round_of(work.incident), partition)
            state = work.orchestrator.partition_state(source, partition, key)
            if state == "absent":
                work.orchestrator.run_partition(source, partition, key)
                state = work.orchestrator.partition_state(source, partition, key)
            states[partition] = state
        failed = sorted(partition for partition, state in states.items() if state == "failed")
        if failed:
            raise TerminalError(
                f"source {source}: the backfill of {len(failed)} partitions failed, first {failed[0]}",
                expected="that they load, since the source answered",
                next_step=f"look at the failed run of ingest_{source}; then `kintsugi heal {work.incident.id}`",
            )
        if all(state == "committed" for state in states.values()):
            work.ledger.finish(line, f"{len(states)} partitions committed")
            return None
        waited = work.platform.records.now() - line.started_at
        if waited > PATIENCE:
            raise TerminalError(
                f"source {source}: backfill of {', '.join(line.items)} still runs after {waited:.0f} s",
                next_step=f"see what holds the runs of ingest_{source}; then `kintsugi heal {work.incident.id}`",
            )
        looks = int(line.arguments["looks"]) + 1
        work.ledger.update(line, arguments={"source": source, "looks": looks})
        pause = delay_before(looks, work.rng, base=FIRST_PAUSE, cap=LONGEST_PAUSE)
        running = sum(state != "committed" for state in states.values())
        return Wait(pause, f"{running} partitions of source {source} are still running")


def run_key(incident: str, round: int, partition: str) -> str:
    """Return the run id of a partition's backfill."""
    return f"heal__{incident}__{round}__{partition}"
