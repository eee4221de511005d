"""What actions share that run partitions: a few at a time, each once, and looked after until they are committed."""

from kintsugi.errors import TerminalError
from kintsugi.healing.actions.action import Arguments, Done, Wait, Work
from kintsugi.healing.backoff import delay_before
from kintsugi.healing.budget import BlastRadius
from kintsugi.healing.transitions import round_of
from kintsugi.index.judging import batches
from kintsugi.platform import Platform
from kintsugi.records import Partition, Repair

BATCH = 8
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 15.0
PATIENCE = 3600.0
"""Seconds that one batch of partition runs may take."""


class PartitionRuns:
    """Runs partitions of one source, a few at a time, and no others.

    Arguments: ``source``, and what `keys` needs. The partitions are read when the action runs, so that what was added
    while it waited is run too. The id of a partition's run is made from incident, round and partition: starting twice
    is starting once.

    Attributes:
        noun, verb: what it does to them; the verb as a participle.
        expected: why they should be committed now.
    """

    name: str
    noun: str
    verb: str
    expected: str

    def keys(self, platform: Platform, arguments: Arguments) -> list[str]:
        """Return the partitions to run now; what is committed is not among them."""
        raise NotImplementedError

    def blast_radius(self, platform: Platform, arguments: Arguments) -> BlastRadius:
        """Return the partitions. They hold nothing new yet, so the share of what is there is 0."""
        return BlastRadius(len(self.keys(platform, arguments)), 0.0, (str(arguments["source"]),))

    def dry_run(self, platform: Platform, arguments: Arguments) -> str:
        """Name the partitions that would run."""
        keys = self.keys(platform, arguments)
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
        left = [key for key in self.keys(work.platform, work.arguments) if key not in ran]
        for batch in batches(left, BATCH):
            line = work.ledger.begin(batch, {"source": source, "looks": 0})
            waiting = self._advance(work, source, line)
            if waiting:
                return waiting
        done = sum(len(line.items) for line in work.ledger.lines())
        return Done(f"{done} partitions of source {source} {self.verb}")

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
                f"source {source}: the {self.noun} of {len(failed)} partitions failed, first {failed[0]}",
                expected=self.expected,
                got=_error_of(work.platform, source, failed[0]),
                next_step=f"look at the failed run of ingest_{source}; then `kintsugi heal {work.incident.id}`",
            )
        if all(state == "committed" for state in states.values()):
            work.ledger.finish(line, f"{len(states)} partitions {self.verb} and committed")
            return None
        waited = work.platform.records.now() - line.started_at
        if waited > PATIENCE:
            raise TerminalError(
                f"source {source}: the runs of {', '.join(line.items)} still go on after {waited:.0f} s",
                next_step=f"see what holds the runs of ingest_{source}; then `kintsugi heal {work.incident.id}`",
            )
        looks = int(line.arguments["looks"]) + 1
        work.ledger.update(line, arguments={"source": source, "looks": looks})
        pause = delay_before(looks, work.rng, base=FIRST_PAUSE, cap=LONGEST_PAUSE)
        running = sum(state != "committed" for state in states.values())
        return Wait(pause, f"{running} partitions of source {source} are still running")


def run_key(incident: str, round: int, partition: str) -> str:
    """Return the run id of a partition's run."""
    return f"heal__{incident}__{round}__{partition}"


def _error_of(platform: Platform, source: str, key: str) -> str:
    found = platform.records.get(Partition, Partition.key_of(source, key))
    return found.error[:500] if found else ""
