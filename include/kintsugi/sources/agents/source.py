"""A folder of agents' runs as a source: one document a run, and what AutoRefine learns from."""

from collections.abc import Iterator
from functools import partial

import structlog

from autorefine.readers.run import MAX_STEPS, AgentRun
from autorefine.trajectory import Trajectory
from kintsugi.documents.identity import digest
from kintsugi.errors import DataError
from kintsugi.records import Labels
from kintsugi.sources.agents.account import account_of, outcome_of, title_of
from kintsugi.sources.agents.reading import Format, Read, Reading, Refused
from kintsugi.sources.agents.run import trajectory_of
from kintsugi.sources.media import MARKDOWN
from kintsugi.sources.naming import safe_name
from kintsugi.sources.partitions import WHOLE, is_over
from kintsugi.sources.places.place import Place
from kintsugi.sources.port import RawItem


class AgentRunsSource:
    """Runs in files. A run is known by its own name, so moving it to another file changes nothing.

    A line that is no run is handed over as an item that can't be read. After a file that can't be read to its end, or a
    line of which nothing can be read, runs that were not met do not count as gone.

    Args:
        name: the source's name.
        place: where the files are.
        labels: labels of every document.
        form: the format of each line.
        outcome: name of the key or attribute that says how a run ended.
        max_bytes: longer lines, and larger traces, are refused.
    """

    contract = "documents"

    def __init__(self, name: str, place: Place, labels: Labels, *, form: Format, outcome: str, max_bytes: int) -> None:
        self.name = name
        self.complete = True
        self._place = place
        self._labels = labels
        self._reading = Reading(place, form, outcome, max_bytes)

    def check(self) -> None:
        """Raise `SourceUnavailable` when the files can't be listed."""
        self._place.check()

    def partition_ready(self, partition: str, now: float) -> bool:
        """Return whether the folder is there."""
        return is_over(self.name, "all", partition, now) and self._place.exists()

    def items(self, partition: str = WHOLE) -> Iterator[RawItem]:
        """Yield an item for each run, and for each line that is none.

        Raises:
            SourceUnavailable: the files can't be listed.
        """
        self.complete = True
        for found in self._reading:
            if isinstance(found, Refused):
                self.complete = self.complete and not found.runs_lost
                yield self._refused(found)
            else:
                yield self._item(found)

    @property
    def labels(self) -> Labels:
        """Who may see what it brings."""
        return self._labels

    def trajectories(self, partition: str = WHOLE) -> Iterator[Trajectory]:
        """Yield the runs of which something says how they ended; how many were too long to be kept whole is logged.

        Raises:
            SourceUnavailable: the files can't be listed.
        """
        cut = longest = 0
        for found in self._reading:
            if isinstance(found, Refused):
                continue
            trajectory = trajectory_of(found.run, self.name, found.written_at)
            if trajectory is not None:
                cut += len(found.run.steps) > MAX_STEPS
                longest = max(longest, len(found.run.steps))
                yield trajectory
        if cut:
            structlog.get_logger().warning(
                "steps_left_out", source=self.name, runs=cut, steps_kept=MAX_STEPS, steps_of_the_longest=longest
            )

    def _item(self, found: Read) -> RawItem:
        data = account_of(found.run).encode("utf-8", "replace")
        return RawItem(
            external_id=safe_name(found.run.id),
            media_type=MARKDOWN,
            locator=found.locator,
            read=partial(bytes, data),
            labels=self._labels,
            raw_digest=digest(data),
            title=title_of(found.run),
            metadata=_metadata(found.run),
        )

    def _refused(self, found: Refused) -> RawItem:
        return RawItem(
            external_id=safe_name(found.external_id),
            media_type=MARKDOWN,
            locator=found.locator,
            read=partial(_refuse, found.error),
            labels=self._labels,
        )


def _metadata(run: AgentRun) -> dict[str, str]:
    known = {
        "run": run.id,
        "agent": run.agent,
        "agent_version": run.agent_version,
        "task": run.task_id,
        "group": run.group,
        "outcome": outcome_of(run),
        "steps": str(len(run.steps)),
    }
    return {name: value[:500] for name, value in known.items() if value}


def _refuse(error: DataError) -> bytes:
    raise error
