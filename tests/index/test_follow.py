"""Generations beside the one that is written to are brought along as far as their embedding allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.index.cuts import Shown, only_cut_otherwise, outdated
from kintsugi.index.follow import companions
from kintsugi.index.generations import named, serving
from kintsugi.index.judging import wrong_in
from kintsugi.index.publish import build, publish
from kintsugi.settings import ChunkSettings
from tests.builders import RUN, HashEmbedder, document
from tests.index.corpus import bury, lines, store
from tests.index.crashing import opened, seed_few


def otherwise_chunked(platform):
    """Return the platform with another chunk size: another pipeline, the same embedding."""
    changed = platform.settings.model_copy(update={"chunks": ChunkSettings(max_tokens=64)})
    other = type(platform)(changed, platform.clock)
    return other.using(records=platform.records, index=platform.index, embedder=platform.embedder)


def recut(platform, name: str, texts: list[str]) -> None:
    """Store the same document text in other chunks."""
    store(platform, name, texts)


def texts(platform, generation: str) -> set[str]:
    return {entry.text for entry in platform.index.entries(generation)}


def held(platform):
    """A platform whose other chunk size is not promoted: two short documents give no golden queries."""
    store(platform, "a.md", ["One.", "Two."])
    store(platform, "b.md", ["Three."])
    platform.clock.advance(1000)
    first = publish(platform, RUN).generation
    other = otherwise_chunked(platform)
    platform.clock.advance(1000)
    assert publish(other, RUN).verdict.startswith("hold")
    assert serving(platform.records).id == first
    return other, first


def test_a_document_that_is_only_cut_otherwise_stays_in_the_served_generation_as_it_was(platform, clock):
    other, first = held(platform)
    recut(platform, "a.md", ["One.\nTwo."])
    clock.advance(1000)
    outcome = publish(other, RUN)
    assert texts(platform, first) == {"One.", "Two.", "Three."}
    assert texts(platform, outcome.generation) == {"One.\nTwo.", "Three."}


def test_when_the_settings_are_set_back_a_cut_that_was_not_promoted_is_not_answered_with(platform, clock):
    other, first = held(platform)
    recut(other, "a.md", ["One.\nTwo."])
    clock.advance(1000)
    publish(other, RUN)
    clock.advance(1000)
    assert publish(platform, RUN).generation == first
    assert texts(platform, first) == {"One.", "Two.", "Three."}
    assert list(wrong_in(platform, named(platform.records, first))) == [], "nor would a reconcile bring it in"
    store(other, "b.md", ["Three, edited."])
    clock.advance(1000)
    publish(platform, RUN)
    assert texts(platform, first) == {"One.", "Two.", "Three, edited."}, "what it says comes in, however it is cut"
    store(platform, "a.md", ["One.", "Two."])
    clock.advance(1000)
    publish(platform, RUN)
    assert {line["text"] for line in lines(platform)} == {"One.", "Two.", "Three, edited."}


def test_what_is_new_or_edited_comes_into_the_served_generation_of_the_same_embedding(platform, clock):
    other, first = held(platform)
    store(platform, "a.md", ["One.", "Two, edited."])
    store(platform, "c.md", ["Four."])
    bury(platform, "b.md")
    clock.advance(1000)
    publish(other, RUN)
    assert texts(platform, first) == {"One.", "Two, edited.", "Four."}
    assert {line["text"] for line in lines(platform)} == {"One.", "Two, edited.", "Four."}


@pytest.fixture
def few(settings, clock):
    """Six documents, and a gate that is content with few queries."""
    platform = opened(settings.var, settings, clock)
    seed_few(platform, documents=6)
    yield platform
    platform.close()


def test_into_a_generation_of_another_embedding_nothing_comes_but_what_is_gone_leaves_it(few, clock):
    platform = few
    clock.advance(1000)
    first = publish(platform, RUN).generation
    other = platform.using(embedder=HashEmbedder(dimension=96, model="other"))
    publish(other, RUN)
    clock.advance(1000)
    store(platform, "new.md", ["New."])
    bury(platform, "00.md")
    clock.advance(1000)
    publish(other, RUN)
    assert platform.index.count(first) == 10
    assert "New." not in texts(platform, first)


def test_what_was_brought_along_is_not_looked_at_again(few, clock):
    platform = few
    clock.advance(1000)
    publish(platform, RUN)
    other = platform.using(embedder=HashEmbedder(dimension=96, model="other"))
    publish(other, RUN)
    clock.advance(1000)
    store(platform, "new.md", ["New."])
    clock.advance(1000)
    assert publish(other, RUN).unchanged == 0
    clock.advance(1000)
    assert publish(other, RUN) == publish(other, RUN)


def test_only_the_serving_and_the_previous_generation_are_brought_along(few, clock):
    platform = few
    clock.advance(1000)
    names = [publish(platform, RUN).generation]
    for _ in range(2):
        clock.advance(1000)
        names.append(build(platform, RUN).generation)
    assert [each.id for each in companions(platform, names[2])] == [names[1]]
    assert {each.id for each in companions(platform, "another")} == {names[1], names[2]}


shown = st.dictionaries(
    st.text("abc", min_size=1, max_size=3),
    st.builds(Shown, st.sampled_from(["d1", "d2", "d3"]), st.sampled_from(["old", "now"])),
)


@given(shown, st.sampled_from([None, 1.0]))
def test_an_entry_is_outdated_or_its_document_is_cut_otherwise_or_being_written(entries, deleted_at):
    documents = [
        document(id="d1", current="now"),
        document(id="d2", current="now", deleted_at=deleted_at),
        document(id="d3", current="now"),
    ]
    old = outdated(entries, documents)
    alone = only_cut_otherwise(entries, documents)
    for id, each in entries.items():
        assert (id in old) == (each.version == "old" or (each.document == "d2" and deleted_at is not None))
        if id in old:
            assert each.document not in alone
    for name in alone:
        assert {each.version for each in entries.values() if each.document == name} == {"now"}
