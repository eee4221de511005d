"""Load the partitions that an outage left out."""

from kintsugi.healing.actions.action import Arguments
from kintsugi.healing.actions.partition_runs import PartitionRuns
from kintsugi.healing.gap import gap_of
from kintsugi.platform import Platform


class BackfillGap(PartitionRuns):
    """Runs the partitions that failed while their source was away. Arguments: ``source``."""

    name = "backfill-gap"
    noun = "backfill"
    verb = "backfilled"
    expected = "that they load, since the source answered"

    def keys(self, platform: Platform, arguments: Arguments) -> list[str]:
        """Return the partitions of the gap."""
        return [partition.key for partition in gap_of(platform, str(arguments["source"]))]
