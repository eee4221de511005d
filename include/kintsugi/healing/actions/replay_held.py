"""Run held partitions again, once what held them is settled, or may have passed."""

from kintsugi.contracts.drift import SchemaDrift, VolumeDrift
from kintsugi.errors import DriftError
from kintsugi.healing.actions.action import Arguments
from kintsugi.healing.actions.partition_runs import PartitionRuns
from kintsugi.healing.held import held_by
from kintsugi.platform import Platform

_KINDS: dict[str, type[DriftError]] = {kind.__name__: kind for kind in (SchemaDrift, VolumeDrift)}


class ReplayHeld(PartitionRuns):
    """Runs partitions that are held by one kind of drift.

    Arguments: ``source``, ``kind`` (the error's class), and ``keys`` where only these are meant.
    """

    name = "replay-held"
    noun = "replay"
    verb = "replayed"
    expected = "that nothing holds them any more"

    def keys(self, platform: Platform, arguments: Arguments) -> list[str]:
        """Return those that are held now."""
        only = arguments.get("keys")
        held = held_by(platform, _KINDS[str(arguments["kind"])])
        mine = [each.key for each in held if each.source == arguments["source"]]
        return mine if only is None else [key for key in mine if key in only]
