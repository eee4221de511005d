"""The same ingest, query, flip, rollback and reconcile give the same answers on embedded and on real engines."""

from kintsugi.embedding.model import SentenceTransformerEmbedder
from kintsugi.settings import EmbeddingSettings
from tests.engines.conftest import Opener
from tests.engines.life import LIFE, QUESTIONS, lived, require_same
from tests.engines.platforms import EMBEDDED, Real

FEW = {"gate_queries": 20}
OF_THE_FIRST = (
    "How do I backfill the hours that a source outage has lost?",
    "What is done when a partition comes late?",
    "How is a sudden change of volume noticed?",
)
"""What the first documents speak of."""


def test_a_whole_life_is_the_same_on_embedded_and_on_real_engines(opened: Opener, real: Real) -> None:
    steps = []
    for one, other in zip(lived(opened(EMBEDDED, **FEW)), lived(opened(real, **FEW)), strict=True):
        require_same(one, other)
        steps.append(one)
    told = {each.step: each.told for each in steps}
    assert list(told) == [step for step, _ in LIFE]
    assert told["published again"]["written"] == 0
    assert told["published the changes"]["deleted"] > 0
    assert told["built and flipped"]["flipped"]
    assert told["built and flipped"]["verdict"].startswith("promote")
    assert not told["a weak model"]["flipped"]
    assert told["a weak model"]["verdict"].startswith(("reject", "hold"))
    assert [told["only looked"][kind] for kind in ("missing", "stale", "orphaned")] == [4, 4, 4]
    assert told["reconciled"]["repaired"] == 12
    assert (told["reconciled again"]["writes"], told["reconciled again"]["equal"]) == (0, True)
    dumps = {each.step: each.dump for each in steps}
    assert dumps["published"] != dumps["published the changes"] == dumps["rolled back"] != dumps["drifted"]
    assert dumps["reconciled"] == dumps["rolled back"]
    assert sum(evidence for evidence, *_ in steps[0].answers.values()) > len(QUESTIONS) / 2


def test_either_side_may_be_embedded_and_the_other_one_not(opened: Opener, real: Real) -> None:
    mixed = (EMBEDDED, real.but(mongo="", database=""), real.but(opensearch="", prefix=""))
    lives = [
        lived(opened(each, **FEW), until="published the changes", documents=12, questions=QUESTIONS[:6])
        for each in mixed
    ]
    for embedded, *others in zip(*lives, strict=True):
        for other in others:
            require_same(embedded, other)


def test_the_bundled_model_answers_the_same_on_both(opened: Opener, real: Real) -> None:
    model = SentenceTransformerEmbedder(EmbeddingSettings())
    lives = [
        lived(opened(each, embedder=model), until="published", documents=3, questions=OF_THE_FIRST)
        for each in (EMBEDDED, real)
    ]
    for one, other in zip(*lives, strict=True):
        require_same(one, other)
        assert sum(evidence for evidence, *_ in one.answers.values()) >= 2
