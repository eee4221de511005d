"""Load partitions that were late when their own run came."""

from kintsugi.healing.actions.action import Arguments
from kintsugi.healing.actions.partition_runs import PartitionRuns
from kintsugi.platform import Platform
from kintsugi.records import Partition


class BackfillLate(PartitionRuns):
    """Runs partitions that nobody has taken in yet. Arguments: ``source``, ``keys``."""

    name = "backfill-late"
    noun = "backfill"
    verb = "backfilled"
    expected = "that their data has come by now"

    def keys(self, platform: Platform, arguments: Arguments) -> list[str]:
        """Return those that are not committed."""
        source, keys = str(arguments["source"]), [str(key) for key in arguments["keys"]]
        known = platform.records.get_many(Partition, (Partition.key_of(source, key) for key in keys))
        committed = {each.key for each in known.values() if each.state == "committed"}
        return [key for key in keys if key not in committed]
