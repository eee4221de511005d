"""What actions share that run partitions: a few at a time, each once, and looked after until they are committed."""

from kintsugi.errors import ConflictError, SourceUnavailable, StoreUnavailable, TerminalError, TransientError
from kintsugi.healing.actions.action import Arguments, Done, Wait, Work
from kintsugi.healing.backoff import delay_before
from kintsugi.healing.budget import BlastRadius
from kintsugi.healing.orchestrator import PartitionState
from kintsugi.healing.transitions import round_of
from kintsugi.index.judging import batches
from kintsugi.platform import Platform
from kintsugi.records import Partition, Repair

BATCH = 8
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 15.0
PATIENCE = 3600.0
"""Seconds that one batch of partition runs may take."""
FIRST_REST, LONGEST_REST = 30.0, 300.0
"""Seconds before a partition is run again whose run met what passes by itself."""

_PASSES = {kind.__name__ for kind in (TransientError, SourceUnavailable, StoreUnavailable, ConflictError)}


class PartitionRuns:
    """Runs partitions of one source, a few at a time, and no others.

    Arguments: ``source``, and what `keys` needs. The partitions are read when the action runs, so that what was added
    while it waited is run too. The id of a partition's run is made from incident, round and partition: starting twice
    is starting once. A run that met what passes by itself, such as a source that was away, is followed by another one
    after a rest; the ledger line counts them as ``tries``.

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
            TerminalError: a partition's run failed for good, or a batch took longer than `PATIENCE`.
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
            line = work.ledger.begin(batch, {"source": source, "looks": 0, "tries": {}})
            waiting = self._advance(work, source, line)
            if waiting:
                return waiting
        done = sum(len(line.items) for line in work.ledger.lines())
        return Done(f"{done} partitions of source {source} {self.verb}")

    def undo(self, work: Work, line: Repair) -> str:
        """Leave what was loaded: it is true, and the same as the partition's own run would have loaded."""
        return ""

    def _advance(self, work: Work, source: str, line: Repair) -> Wait | None:
        tries = {partition: int(line.arguments.get("tries", {}).get(partition, 1)) for partition in line.items}
        keys = {each: run_key(work.incident.id, round_of(work.incident), each, tries[each]) for each in line.items}
        states = {each: _state(work, source, each, keys[each]) for each in line.items}
        failed = sorted(partition for partition, state in states.items() if state == "failed")
        again = [each for each in failed if _passes(work.platform, source, each, keys[each])]
        if len(again) < len(failed):
            first = next(each for each in failed if each not in again)
            raise TerminalError(
                f"source {source}: the {self.noun} of {len(failed)} partitions failed, first {first}",
                expected=self.expected,
                got=_error_of(work.platform, source, first),
                next_step=f"look at the failed run of ingest_{source}; then `kintsugi heal {work.incident.id}`",
            )
        if all(state == "committed" for state in states.values()):
            work.ledger.finish(line, f"{len(states)} partitions {self.verb} and committed")
            return None
        waited = work.platform.records.now() - line.started_at
        if waited > PATIENCE:
            raise TerminalError(
                f"source {source}: the runs of {', '.join(line.items)} still go on after {waited:.0f} s",
                got=_error_of(work.platform, source, again[0]) if again else "",
                next_step=f"see what holds the runs of ingest_{source}; then `kintsugi heal {work.incident.id}`",
            )
        looks = int(line.arguments["looks"]) + 1
        tries |= {each: tries[each] + 1 for each in again}
        work.ledger.update(line, arguments={"source": source, "looks": looks, "tries": tries})
        if again:
            most = max(tries[each] for each in again) - 1
            pause = delay_before(most, work.rng, base=FIRST_REST, cap=LONGEST_REST)
            return Wait(pause, f"{len(again)} partitions of source {source} are run again: what stopped them passes")
        pause = delay_before(looks, work.rng, base=FIRST_PAUSE, cap=LONGEST_PAUSE)
        running = sum(state != "committed" for state in states.values())
        return Wait(pause, f"{running} partitions of source {source} are still running")


def run_key(incident: str, round: int, partition: str, attempt: int = 1) -> str:
    """Return the run id of a partition's run; ``attempt`` counts the runs of one round from 1."""
    again = f".{attempt}" if attempt > 1 else ""
    return f"heal__{incident}__{round}{again}__{partition}"


def is_run_of(incident: str, round: int, run: str) -> bool:
    """Return whether a run id is one that `run_key` gave a run of this round."""
    return run.startswith((f"heal__{incident}__{round}__", f"heal__{incident}__{round}."))


def _state(work: Work, source: str, partition: str, key: str) -> PartitionState:
    """Return how the partition's run stands; one that was never started is started first."""
    state = work.orchestrator.partition_state(source, partition, key)
    if state != "absent":
        return state
    work.orchestrator.run_partition(source, partition, key)
    return work.orchestrator.partition_state(source, partition, key)


def _passes(platform: Platform, source: str, partition: str, key: str) -> bool:
    """Return whether this very run left an error that passes by itself."""
    found = platform.records.get(Partition, Partition.key_of(source, partition))
    return found is not None and found.run.run_id == key and found.error_class in _PASSES


def _error_of(platform: Platform, source: str, key: str) -> str:
    found = platform.records.get(Partition, Partition.key_of(source, key))
    return found.error[:500] if found else ""
