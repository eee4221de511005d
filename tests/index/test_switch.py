"""Switching over by a person's word: promotion, rollback, and what follows the pointer."""

import pytest

from kintsugi.errors import TerminalError
from kintsugi.index.generations import named, pointer_of, serving
from kintsugi.index.publish import build, publish
from kintsugi.index.switch import promote, roll_back, settle_all, switch
from kintsugi.platform import Platform
from kintsugi.records import Generation
from kintsugi.retrieval.hybrid import retrieve
from kintsugi.stores.search import Scope
from tests.builders import RUN, HashEmbedder
from tests.index.corpus import bury, lines, live_ids, store
from tests.index.crashing import opened, seed_few


class Alias:
    """Remembers which index other programs are pointed to."""

    def __init__(self, inner):
        self._inner, self.named = inner, ""

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def serve(self, name):
        self.named = name


@pytest.fixture
def served(settings, clock):
    platform = opened(settings.var, settings, clock)
    seed_few(platform, documents=6)
    clock.advance(1000)
    publish(platform, RUN)
    clock.advance(1000)
    yield platform
    platform.close()


def with_other_model(platform):
    return platform.using(embedder=HashEmbedder(dimension=96, model="other"))


def answers(platform, text: str) -> set[str]:
    found = retrieve(platform, text, 5, Scope(principals=None), leg="lexical")
    return {each.entry.text for each in found.found}


def publish_three_times(platform, clock):
    for _ in range(3):
        clock.advance(1000)
        outcome = publish(platform, RUN)
    return outcome


def test_a_promotion_by_hand_overrules_the_gate_and_lasts(served, clock):
    first = serving(served.records).id
    strict = served.settings.generations.model_copy(update={"gate_fewest": 1000})
    settings = served.settings.model_copy(update={"generations": strict})
    other = Platform(settings, clock).using(
        records=served.records, index=served.index, embedder=HashEmbedder(dimension=96, model="other")
    )
    second = publish(other, RUN)
    assert second.verdict.startswith("hold")
    assert promote(other, second.generation)
    assert not promote(other, second.generation), "it is served already"
    publish_three_times(other, clock)
    assert serving(served.records).id == second.generation
    assert promote(other, first)
    assert pointer_of(served.records).withdrawn == second.generation


def test_what_a_person_promotes_stays_though_the_gate_would_promote_what_is_set(served, clock):
    first = serving(served.records).id
    other = with_other_model(served)
    second = publish(other, RUN)
    assert second.flipped
    assert promote(other, first)
    outcome = publish_three_times(other, clock)
    assert serving(served.records).id == first
    assert (outcome.generation, outcome.flipped) == (second.generation, False)
    assert outcome.verdict.startswith(f"hold: a person chose {first} over {second.generation}")


def test_a_third_one_that_a_person_promotes_stays_too(served, clock):
    first, second = serving(served.records).id, build(served, RUN).generation
    other = with_other_model(served)
    third = publish(other, RUN).generation
    assert roll_back(other).id == second
    assert promote(other, first)
    publish_three_times(other, clock)
    assert serving(served.records).id == first
    assert pointer_of(served.records).withdrawn == third


@pytest.mark.parametrize("state", ["building", "gone"])
def test_what_has_no_whole_index_is_not_promoted_by_anybody(served, state):
    first = serving(served.records)
    other = first.but(id="g-other", version=0, state="building" if state == "building" else "ready")
    served.records.insert(other)
    with pytest.raises(TerminalError, match="g-other: can't be served"):
        promote(served, "g-other")
    assert serving(served.records).id == first.id


def test_an_empty_generation_is_not_served_while_the_truth_has_chunks(served):
    first = serving(served.records)
    served.records.insert(first.but(id="g-empty", version=0, state="ready"))
    served.index.create("g-empty", first.dimension)
    with pytest.raises(TerminalError, match="an empty index, while the truth has 12 chunks"):
        switch(served, "g-empty")


def test_after_a_rollback_publishing_goes_on_and_the_generation_left_is_not_promoted_again(served, clock):
    first = serving(served.records).id
    other = with_other_model(served)
    second = publish(other, RUN)
    assert second.flipped
    clock.advance(1000)
    assert roll_back(other).id == first
    store(served, "new.md", ["A passage that came after the rollback."])
    for _ in range(3):
        clock.advance(1000)
        outcome = publish(other, RUN)
        assert not outcome.flipped
        assert serving(served.records).id == first
    assert outcome.generation == second.generation, "no third one is built"
    assert outcome.verdict.startswith(f"hold: a person chose {first} over {second.generation}")
    assert f"`kintsugi generations promote {second.generation}`" in outcome.verdict
    assert {entry.id for entry in served.index.entries(second.generation)} == live_ids(served), "it is kept current"
    assert promote(other, second.generation)
    clock.advance(1000)
    publish(other, RUN)
    assert serving(served.records).id == second.generation


def test_when_the_settings_are_set_back_after_a_rollback_the_old_generation_is_written_to_again(served, clock):
    first = serving(served.records).id
    publish(with_other_model(served), RUN)
    clock.advance(1000)
    roll_back(served)
    store(served, "new.md", ["A passage that came after the rollback."])
    clock.advance(1000)
    assert publish(served, RUN).generation == first
    assert {line["id"] for line in lines(served)} == live_ids(served)


def test_after_a_rollback_a_person_may_ask_for_another_build_of_the_same_settings(served, clock):
    other = with_other_model(served)
    second = publish(other, RUN)
    clock.advance(1000)
    roll_back(other)
    third = build(other, RUN)
    assert third.flipped, third.verdict
    assert third.generation not in ("", second.generation)


def test_after_a_rollback_between_equal_settings_both_generations_stay_current(served, clock):
    first, second = serving(served.records).id, build(served, RUN).generation
    clock.advance(1000)
    roll_back(served)
    store(served, "new.md", ["A passage that came after the rollback."])
    clock.advance(1000)
    assert publish(served, RUN).generation == first
    for name in (first, second):
        assert {entry.id for entry in served.index.entries(name)} == live_ids(served)


def test_settings_that_are_set_back_by_plan_reuse_the_previous_generation(served, clock):
    first = serving(served.records).id
    publish(with_other_model(served), RUN)
    clock.advance(1000)
    outcome = publish(served, RUN)
    assert (outcome.generation, outcome.flipped, outcome.embedded) == (first, True, 0)
    assert served.records.count(Generation) == 2


def test_what_was_deleted_is_not_answered_after_a_rollback(served, clock):
    store(served, "secret.md", ["The secret word is xylophone."])
    clock.advance(1000)
    publish(served, RUN)
    publish(with_other_model(served), RUN)
    clock.advance(1000)
    bury(served, "secret.md")
    clock.advance(1)
    roll_back(served)
    assert answers(served, "xylophone") == set(), "not even before the next publish"


def test_what_was_edited_away_is_not_answered_after_a_publish_and_a_rollback(served, clock):
    store(served, "secret.md", ["The secret word is xylophone."])
    clock.advance(1000)
    publish(served, RUN)
    publish(with_other_model(served), RUN)
    clock.advance(1000)
    store(served, "secret.md", ["There is none."])
    clock.advance(1)
    publish(with_other_model(served), RUN)
    roll_back(served)
    assert answers(served, "xylophone") == set()


def test_rollback_twice_leads_back_to_where_one_was(served, clock):
    first, second = serving(served.records).id, build(served, RUN).generation
    assert roll_back(served).id == first
    assert pointer_of(served.records).withdrawn == second
    assert roll_back(served).id == second
    assert {each.id: each.state for each in served.records.scan(Generation)} == {first: "previous", second: "serving"}


def test_rollback_without_a_previous_generation_says_so(served):
    with pytest.raises(TerminalError, match="no generation served before"):
        roll_back(served)


def test_rollback_to_a_generation_whose_index_is_gone_changes_nothing(served):
    first, second = serving(served.records).id, build(served, RUN).generation
    served.index.drop(first)
    with pytest.raises(TerminalError, match="no index of that name"):
        roll_back(served)
    assert serving(served.records).id == second


def test_the_engines_alias_follows_the_pointer_and_is_mended_by_the_next_publish(served, clock):
    first = serving(served.records).id
    alias = Alias(served.index)
    watched = served.using(index=alias)
    second = build(watched, RUN).generation
    assert alias.named == second
    roll_back(watched)
    assert alias.named == first
    alias.named = "somewhere else"
    publish(watched, RUN)
    assert alias.named == first


def test_settling_before_anything_serves_does_nothing(platform):
    settle_all(platform)
    assert pointer_of(platform.records) is None


def test_why_it_was_flipped_is_kept(served):
    assert pointer_of(served.records).reason == "the first generation"
    second = build(served, RUN).generation
    roll_back(served)
    assert pointer_of(served.records).reason == f"rolled back from {second} by a person"
    assert named(served.records, second).state == "previous"
