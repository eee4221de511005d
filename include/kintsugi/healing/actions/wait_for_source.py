"""Wait until a source answers again."""

from kintsugi.errors import SourceUnavailable, TerminalError
from kintsugi.healing.actions.action import Arguments, Done, Wait, Work
from kintsugi.healing.backoff import delay_before
from kintsugi.healing.budget import BlastRadius
from kintsugi.platform import Platform
from kintsugi.records import Repair

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 60.0


class WaitForSource:
    """Probes a source once a call, with growing pauses between the calls, until its patience ends.

    Arguments: ``source``. The ledger line keeps when the waiting began and how many probes there were, so that no
    restart and no other process makes it wait longer than ``healing.source_patience`` seconds.
    """

    name = "wait-for-source"

    def blast_radius(self, platform: Platform, arguments: Arguments) -> BlastRadius:
        """Touches nothing."""
        return BlastRadius(0, 0.0, (str(arguments["source"]),))

    def dry_run(self, platform: Platform, arguments: Arguments) -> str:
        """Say how long it would wait."""
        return f"would probe source {arguments['source']} for at most {platform.settings.healing.source_patience:.0f} s"

    def run(self, work: Work) -> Done | Wait:
        """Probe once.

        Raises:
            TerminalError: the source did not answer in time.
        """
        source = str(work.arguments["source"])
        line = next(iter(work.ledger.lines()), None) or work.ledger.begin((), {"source": source, "probes": 0})
        if line.state == "done":
            return Done(line.detail)
        probes = int(line.arguments["probes"]) + 1
        waited = work.platform.records.now() - line.started_at
        try:
            work.orchestrator.check_source(source)
        except SourceUnavailable as error:
            pause = max(delay_before(probes, work.rng, base=FIRST_PAUSE, cap=LONGEST_PAUSE), error.retry_after or 0.0)
            if waited + pause > work.platform.settings.healing.source_patience:
                raise TerminalError(
                    f"source {source}: still not there after {waited:.0f} s and {probes} probes",
                    got=str(error),
                    next_step=f"bring the source back, then `kintsugi heal {work.incident.id}`",
                ) from error
            work.ledger.update(line, arguments={"source": source, "probes": probes}, detail=str(error)[:500])
            return Wait(pause, f"source {source} does not answer yet")
        detail = f"source {source} answered after {waited:.0f} s and {probes} probes"
        work.ledger.finish(line, detail)
        return Done(detail)

    def undo(self, work: Work, line: Repair) -> str:
        """Waiting leaves nothing behind."""
        return ""
