"""An index that was lost or damaged is filled anew from the truth."""

from shutil import rmtree

from kintsugi.index.dump import dump
from kintsugi.index.publish import publish, rebuild
from tests.builders import RUN
from tests.healing.conftest import seed
from tests.index.corpus import lines, live_ids, serving_after_publish, store


def test_a_damaged_index_is_rebuilt_too(platform, clock):
    seed(platform)
    clock.advance(1000)
    generation = serving_after_publish(platform)
    before = dump(platform)
    rmtree(platform.settings.index_path / f"{generation.id}.lance" / "data")
    rebuild(platform, RUN)
    assert dump(platform) == before


def test_a_publish_after_the_index_was_lost_fills_it_whole_not_only_with_what_is_new(platform, clock):
    seed(platform)
    clock.advance(1000)
    generation = serving_after_publish(platform)
    platform.index.drop(generation.id)
    store(platform, "new.md", ["A new passage."])
    clock.advance(1)
    outcome = publish(platform, RUN)
    assert (outcome.written, outcome.embedded) == (61, 1)
    assert {line["id"] for line in lines(platform)} == live_ids(platform)


def test_a_lost_index_is_rebuilt_from_the_truth_without_embedding(platform, clock):
    seed(platform)
    clock.advance(1000)
    generation = serving_after_publish(platform)
    before = dump(platform)
    platform.index.drop(generation.id)
    outcome = rebuild(platform, RUN)
    assert (outcome.written, outcome.embedded) == (60, 0)
    assert dump(platform) == before
