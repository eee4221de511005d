"""Write missing entries into the index, from the truth."""

from collections.abc import Sequence

from kintsugi.embedding.cache import kept_vectors
from kintsugi.errors import TerminalError
from kintsugi.healing.actions.action import Arguments, Done, Work
from kintsugi.healing.budget import BlastRadius
from kintsugi.healing.missing import missing_ids, published
from kintsugi.index.generations import named
from kintsugi.index.judging import batches
from kintsugi.index.project import entry_of
from kintsugi.index.refused import quarantine
from kintsugi.index.repair import repair
from kintsugi.platform import Platform
from kintsugi.records import Chunk, Generation, Repair
from kintsugi.stores.search import Floats


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
        restored = 0
        for line in work.ledger.lines():
            if line.state == "started":
                restored += self._restore(work, generation, line)
        for batch in batches(sorted(missing_ids(work.platform, generation))):
            restored += self._restore(work, generation, work.ledger.begin(batch))
        work.platform.index.refresh(generation.id)
        return Done(f"{restored} entries restored in {generation.id}")

    def undo(self, work: Work, line: Repair) -> str:
        """Remove the entries that the line restored."""
        removed = work.platform.index.delete(line.target, line.items)
        work.platform.index.refresh(line.target)
        return f"{removed} entries removed again"

    def _restore(self, work: Work, generation: Generation, line: Repair) -> int:
        platform = work.platform
        chunks = list(published(platform.records, generation, line.items))
        vectors = _vectors(platform, generation, chunks)
        outcome = platform.index.write(generation.id, [entry_of(each, vectors[each.text_hash]) for each in chunks])
        quarantine(platform.records, generation, chunks, outcome.refused, line.run)
        written = {chunk.id for chunk in chunks}
        repair(platform, generation, written, line.run, touched=written)  # what changed or died meanwhile
        refused = f", {len(outcome.refused)} refused by the index and quarantined" if outcome.refused else ""
        work.ledger.finish(line, f"{len(line.items) - len(outcome.refused)} entries restored{refused}")
        return outcome.written


def _generation(platform: Platform, arguments: Arguments) -> Generation:
    return named(platform.records, str(arguments["generation"]))


def _vectors(platform: Platform, generation: Generation, chunks: Sequence[Chunk]) -> dict[str, Floats]:
    vectors = kept_vectors(platform.records, generation.fingerprint, chunks)
    absent = [chunk for chunk in chunks if chunk.text_hash not in vectors]
    if absent:
        raise TerminalError(
            f"generation {generation.id}: {len(absent)} missing chunks have no cached vector",
            expected=f"a vector under fingerprint {generation.fingerprint}",
            got=f"none for chunk {absent[0].id} of document {absent[0].document}",
            next_step="ingest that document again, which embeds it; then `kintsugi heal`",
        )
    return vectors
