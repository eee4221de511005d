"""What the golden gate said, as it can be shown."""

import numpy as np

from kintsugi.index.gate.asking import Outcome
from kintsugi.index.gate.query import GoldenQuery
from kintsugi.index.gate.verdict import Comparison, verdict_on
from kintsugi.observe.verdicts import verdict_of
from kintsugi.records import Generation
from kintsugi.settings import GenerationSettings
from tests.builders import RUN

FOUND, LOST = Outcome(1.0, 1, ("Right",)), Outcome(0.0, None, ("Wrong", "Other"))


def judged(**gate) -> Generation:
    return Generation(
        id="g-2", fingerprint="f", dimension=4, pipeline="p", state="ready", created_at=1.0, run=RUN, gate=gate
    )


def rejected() -> Generation:
    pairs = [
        Comparison(
            GoldenQuery(f"query {n:02}", {"d": 1}, "known item"),
            before={"lexical": FOUND, "dense": FOUND, "hybrid": FOUND},
            after={"lexical": FOUND, "dense": LOST, "hybrid": LOST if n % 2 else FOUND},
        )
        for n in range(40)
    ]
    verdict = verdict_on(pairs, GenerationSettings(), np.random.default_rng(0))
    return judged(**verdict.to_dict(), before="g-1", at=7.0)


def test_a_generation_that_was_not_asked_about_has_no_verdict():
    assert verdict_of(judged()) is None


def test_the_numbers_of_a_real_verdict_are_told_leg_by_leg():
    seen = verdict_of(rejected())
    assert seen is not None
    assert (seen.ruling, seen.compared_with, seen.at) == ("reject", "g-1", 7.0)
    legs = {each.leg: each for each in seen.legs}
    assert set(legs) == {"lexical", "dense", "hybrid"}
    assert (legs["hybrid"].before, legs["hybrid"].after, legs["hybrid"].difference) == (1.0, 0.5, -0.5)
    assert legs["dense"].difference == -1.0
    assert legs["dense"].chance < 0.05 < legs["lexical"].chance
    assert seen.numbers == {"pairs": 40}


def test_the_worst_queries_stand_side_by_side():
    seen = verdict_of(rejected())
    assert seen is not None
    lost = seen.worst[0]
    assert (lost.query, lost.leg, lost.before.rank, lost.after.rank) == ("query 00", "dense", 1, None)
    assert lost.after.titles == ("Wrong", "Other")


def test_without_texts_ranks_stay_and_no_word_does():
    seen = verdict_of(rejected())
    assert seen is not None
    bare = seen.without_texts()
    assert not any(each.query or each.relevant or each.before.titles or each.after.titles for each in bare.worst)
    assert [each.before.rank for each in bare.worst] == [each.before.rank for each in seen.worst]
    assert bare.has_texts is False


def test_a_verdict_of_few_words_is_shown_as_far_as_it_goes():
    seen = verdict_of(judged(ruling="hold", reason="an empty index", numbers={}, worst=[{"query": "why"}]))
    assert seen is not None
    assert (seen.reason, seen.legs, seen.worst[0].query, seen.worst[0].before.rank) == (
        "an empty index",
        (),
        "why",
        None,
    )
