"""Write missing entries into the index, from the truth."""

from kintsugi.embedding.cache import kept_vectors
from kintsugi.errors import TerminalError
from kintsugi.healing.actions.action import Arguments, Done, Work
from kintsugi.healing.budget import BlastRadius
from kintsugi.healing.missing import missing_ids, published
from kintsugi.index.generations import named
from kintsugi.index.judging import batches
from kintsugi.index.repair import Repaired, repair
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Generation, Repair


class UpsertFromTruth:
    """Restores exactly the entries that are missing; touches no other, embeds nothing and reads no source.

    Arguments: ``generation``, the id of the generation that lacks them. Vectors come from the cache, so that a restored
    entry equals the lost one to the byte.
    """

    name = "upsert-from-truth"

    def blast_radius(self, platform: Platform, arguments: Arguments) -> BlastRadius:
        """Return the missing entries as a share of all live chunks."""
        generation = _generation(platform, arguments)
        missing = len(missing_ids(platform, generation))
        return BlastRadius(missing, missing / max(platform.records.count(Chunk, {"live": True}), 1), (generation.id,))

    def dry_run(self, platform: Platform, arguments: Arguments) -> str:
        """Say how many entries would be written, and name a few."""
        generation = _generation(platform, arguments)
        missing = sorted(missing_ids(platform, generation))
        shown = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")
        return f"would write {len(missing)} missing entries into {generation.id}: {shown or 'none'}"

    def run(self, work: Work) -> Done:
        """Complete what a killed process began, then restore the rest batch by batch.

        An entry that the engine refuses goes to quarantine, as in a publish; the others stay.

        Raises:
            TerminalError: a vector is not in the cache.
        """
        generation = _generation(work.platform, work.arguments)
        done = Repaired()
        for line in work.ledger.lines():
            if line.state == "started":
                done += self._restore(work, generation, line)
        for batch in batches(sorted(missing_ids(work.platform, generation))):
            done += self._restore(work, generation, work.ledger.begin(batch))
        return Done(f"{done.entries} entries restored in {generation.id}")

    def undo(self, work: Work, line: Repair) -> str:
        """Remove the entries that the line restored."""
        removed = work.platform.index.delete(line.target, line.items)
        work.platform.index.refresh(line.target)
        return f"{removed} entries removed again"

    def _restore(self, work: Work, generation: Generation, line: Repair) -> Repaired:
        platform = work.platform
        _require_vectors(platform, generation, line)
        platform.index.refresh(generation.id)  # what a killed process wrote may be there, and not be found yet
        # What the line names is this healer's to set right, also where its document has changed since.
        repaired = repair(platform, generation, line.items, line.run, touched=line.items)
        work.ledger.finish(line, _said(line, repaired))
        return repaired


def _said(line: Repair, repaired: Repaired) -> str:
    """Say what became of the items of a line; some may have been right by then, or have died."""
    others = len(line.items) - repaired.entries - repaired.refused
    parts = [f"{repaired.missing + repaired.stale} entries restored"]
    parts += [f"{repaired.orphaned} removed, since they died meanwhile"] if repaired.orphaned else []
    parts += [f"{repaired.refused} refused by the index and quarantined"] if repaired.refused else []
    parts += [f"{others} needed nothing any more"] if others else []
    return ", ".join(parts)


def _generation(platform: Platform, arguments: Arguments) -> Generation:
    return named(platform.records, str(arguments["generation"]))


def _require_vectors(platform: Platform, generation: Generation, line: Repair) -> None:
    chunks = list(published(platform.records, generation, line.items))
    vectors = kept_vectors(platform.records, generation.fingerprint, chunks)
    absent = [chunk for chunk in chunks if chunk.text_hash not in vectors]
    if absent:
        raise TerminalError(
            f"generation {generation.id}: {len(absent)} missing chunks have no cached vector",
            expected=f"a vector under fingerprint {generation.fingerprint}",
            got=f"none for chunk {absent[0].id} of document {absent[0].document}",
            next_step="ingest that document again, which embeds it; then `kintsugi heal`",
        )
