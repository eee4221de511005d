"""`kintsugi bench gate`: does the golden gate let identical rebuilds pass, and stop planted regressions?"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from kintsugi.bench.beir import BeirCorpus
from kintsugi.bench.damage import HashedWords, leave_as_it_is, shuffle_vectors, truncate_chunks
from kintsugi.bench.output import Row
from kintsugi.bench.workspace import RUN, workspace
from kintsugi.documents import intake
from kintsugi.index import publish as steps
from kintsugi.index.gate import GateVerdict
from kintsugi.index.generations import serving
from kintsugi.platform import Platform
from kintsugi.settings import Settings

Damage = Callable[[Platform, str, np.random.Generator], None]

DIMENSION = 256
WEAK_DIMENSION = 8
CASES: dict[str, Damage] = {
    "identical rebuild": leave_as_it_is,
    "shuffled vectors": shuffle_vectors,
    "truncated chunks": truncate_chunks,
    "other model": leave_as_it_is,
}


def measure(settings: Settings, folder: Path, seeds: int, *, hashed: bool) -> Iterator[Row]:
    """Ingest and serve a corpus in a place of its own, build ``seeds`` new generations for each case, and judge them.

    Each build is a publish of its own; the damage is done between its last write and the gate. Known items are asked:
    the corpus' own queries play no part. ``hashed`` takes hashed words for a model, which needs no model at all.

    Raises:
        ConfigurationError: the folder is not in BEIR's format.
    """
    corpus = BeirCorpus(folder)
    corpus.check()
    with TemporaryDirectory(prefix="kintsugi-bench-") as place:
        there = settings.model_copy(update={"golden": Path(place) / "golden.jsonl"})
        platform = workspace(there, Path(place))
        if hashed:
            platform = platform.using(embedder=HashedWords(DIMENSION))
        try:
            intake.ingest(platform, corpus, "all", RUN)
            steps.publish(platform, RUN)
            for case, damage in CASES.items():
                yield _row(platform, folder.name, case, damage, seeds)
        finally:
            platform.close()


def _row(platform: Platform, name: str, case: str, damage: Damage, seeds: int) -> Row:
    rulings: Counter[str] = Counter()
    begun = time.perf_counter()
    for seed in range(seeds):
        build = platform.using(embedder=HashedWords(WEAK_DIMENSION, seed)) if case == "other model" else platform
        verdict = build_and_judge(build, damage, seed)
        rulings[verdict.ruling] += 1
    return {
        "set": name,
        "case": case,
        "seeds": seeds,
        "promoted": rulings["promote"],
        "held": rulings["hold"],
        "rejected": rulings["reject"],
        "seconds": round(time.perf_counter() - begun, 1),
    }


def build_and_judge(platform: Platform, damage: Damage, seed: int) -> GateVerdict:
    """Build a new generation of the same documents, damage it, and let it be judged; what doesn't serve is dropped."""
    before = serving(platform.records)
    planned = steps.plan_build(platform, RUN)
    for batch in planned.batches:
        steps.embed_batch(platform, planned, batch)
    steps.write_all(platform, planned, RUN)
    platform.index.refresh(planned.generation)
    damage(platform, planned.generation, np.random.default_rng(seed))
    verdict = steps.finish(platform, planned, RUN)
    unused = before.id if verdict.flipped and before else planned.generation
    platform.index.drop(unused)
    return verdict
