"""Chunks that are in the truth but not in the served index."""

from kintsugi.healing.anomaly import SHOWN, Anomaly, Severity
from kintsugi.healing.detectors.suspects import confirmed
from kintsugi.healing.missing import missing_ids
from kintsugi.index.generations import serving
from kintsugi.platform import Platform
from kintsugi.records import Chunk


class MissingChunks:
    """Finds live chunks that the serving generation should hold and does not.

    Compares bucket digests first, which read two numbers of every chunk on each side, and then ids in differing buckets
    only: the cost of a look without drift still grows with the corpus, slowly. A chunk counts when it is missing in two
    looks at least ``grace`` seconds apart, so that a publish in progress is never reported; documents that changed
    after the generation's watermark are not published yet, and not missing.
    """

    name = "missing-chunks"

    def __init__(self, platform: Platform, grace: float = 10.0) -> None:
        self._platform = platform
        self._grace = grace

    def detect(self) -> list[Anomaly]:
        """Return one anomaly for the serving generation when it lacks chunks.

        Raises:
            TransientError: a store could not be read; nothing can be said about this round.
        """
        generation = serving(self._platform.records)
        if generation is None:
            return []
        missing = confirmed(
            self._platform.records, f"{self.name}/{generation.id}", missing_ids(self._platform, generation), self._grace
        )
        if not missing:
            return []
        live = self._platform.records.count(Chunk, {"live": True})
        share = len(missing) / max(live, 1)
        return [
            Anomaly(
                kind=self.name,
                target=generation.id,
                severity=Severity.OUTAGE if share > 0.5 else Severity.DEGRADED,
                summary=f"{len(missing)} of {live} chunks are missing from generation {generation.id}",
                evidence=tuple(missing[:SHOWN]),
                numbers={"missing": len(missing), "live": live, "share": round(share, 6)},
            )
        ]
