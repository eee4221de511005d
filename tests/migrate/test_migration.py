"""Whatever a platform knows is the same on other engines, and what is killed half-way is completed."""

from dataclasses import replace
from typing import Any

import pytest

from kintsugi.errors import TerminalError
from kintsugi.index.dump import dump
from kintsugi.index.generations import serving
from kintsugi.index.publish import publish
from kintsugi.index.reconcile import reconcile
from kintsugi.index.switch import promote, roll_back
from kintsugi.migrate.migration import Migrated, migrate, require_no_writer, require_own_target
from kintsugi.platform import Platform
from kintsugi.records import POINTER, RECORDS, Chunk, Document, Generation, Lease, Pointer, Quarantined, Suspect, Vector
from kintsugi.settings import ChunkSettings
from tests.builders import RUN, HashEmbedder, document
from tests.healing.conftest import Killed, lose
from tests.index.corpus import bury, lines, store
from tests.migrate.conftest import at, contents


def test_everything_is_the_same_at_the_target_and_nothing_is_embedded(source, target):
    migrated = migrate(source, target, RUN)
    assert contents(target) == contents(source)
    assert dump(target) == dump(source)
    assert lines(target) == lines(source)
    assert migrated.embedded == 0
    by_state = {each.state: each for each in migrated.generations}
    assert by_state.keys() == {"serving", "previous"}
    assert all(each.equal_to_source for each in migrated.generations)
    assert by_state["serving"].sha256 == dump(source).sha256
    assert {each.collection for each in migrated.collections} == {kind.collection for kind in RECORDS}


def test_what_nobody_asks_for_any_more_is_left_behind(source, target):
    assert source.records.count(Suspect) == 2
    migrate(source, target, RUN)
    assert [each.id for each in target.records.scan(Suspect)] == ["fresh"]


def test_the_way_back_gives_the_same_again(source, target, settings, clock, tmp_path):
    migrate(source, target, RUN)
    back = at(settings, tmp_path / "back", clock)
    migrate(target, back, RUN)
    assert contents(back) == contents(source)
    assert dump(back) == dump(source)
    back.close()


def test_the_source_is_left_as_it_was(source, target):
    before, index = contents(source), dump(source)
    migrate(source, target, RUN)
    assert (contents(source), dump(source)) == (before, index)


def test_the_pipeline_goes_on_at_the_target(source, target, clock):
    migrate(source, target, RUN)
    platform = target.using(embedder=HashEmbedder())
    clock.advance(1000)
    assert publish(platform, RUN).written == 0
    clock.advance(1000)
    store(platform, "new.md", ["A passage that came after the move."])
    clock.advance(1)
    assert publish(platform, RUN).written == 1
    pointer = platform.records.get(Pointer, POINTER)
    assert platform.records.replace(pointer.but(reason="compare-and-set holds")).version == pointer.version + 1


def test_a_second_migration_writes_nothing(source, target):
    migrate(source, target, RUN)
    again = migrate(source, target, RUN)
    assert {each.written for each in again.collections} == {0}
    assert {each.written for each in again.generations} == {0}


class Dying:
    """A real store or index that dies when it has been written to ``calls`` times."""

    def __init__(self, real: Any, calls: int, methods: tuple[str, ...]) -> None:
        self._real, self._left, self._methods = real, calls, methods

    def __getattr__(self, name: str) -> Any:
        if name not in self._methods:
            return getattr(self._real, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            if self._left == 0:
                raise Killed
            self._left -= 1
            return getattr(self._real, name)(*args, **kwargs)

        return counted


@pytest.mark.parametrize("calls", [0, 5, 14])
def test_killed_while_records_are_copied_the_next_call_completes_it(source, target, calls):
    with pytest.raises(Killed):
        migrate(source, target.using(records=Dying(target.records, calls, ("put",))), RUN)
    migrate(source, target, RUN)
    assert contents(target) == contents(source)
    assert dump(target) == dump(source)


@pytest.mark.parametrize("calls", range(7))
def test_killed_while_the_index_is_built_the_next_call_completes_it(source, target, calls):
    with pytest.raises(Killed):
        migrate(source, target.using(index=Dying(target.index, calls, ("create", "write", "refresh", "serve"))), RUN)
    assert isinstance(migrate(source, target, RUN), Migrated)
    assert dump(target) == dump(source)


@pytest.mark.parametrize("dies_at", [("write", 1), ("serve", 0)])
def test_what_changed_at_the_source_between_two_tries_is_brought_along(source, target, clock, dies_at):
    method, calls = dies_at
    with pytest.raises(Killed):
        migrate(source, target.using(index=Dying(target.index, calls, (method,))), RUN)
    bury(source, "001.md")
    store(source, "002.md", ["Edited between the two tries."])
    source.records.delete(Suspect, ["fresh"])
    clock.advance(1000)
    publish(source, RUN)
    migrate(source, target, RUN)
    assert contents(target) == contents(source)
    assert dump(target) == dump(source)


def test_a_generation_given_up_between_two_tries_leaves_the_target_too(source, target):
    with pytest.raises(Killed):
        migrate(source, target.using(index=Dying(target.index, 0, ("serve",))), RUN)
    previous = next(each for each in source.records.scan(Generation) if each.state == "previous")
    source.records.replace(previous.but(state="retired", dropped_at=source.records.now()))
    source.index.drop(previous.id)
    migrate(source, target, RUN)
    assert target.index.names() == source.index.names() == [dump(source).generation]


@pytest.mark.parametrize("model", ["hash", "other"])
def test_what_serves_after_a_rollback_over_another_cut_is_carried_as_it_is(platform, target, clock, model):
    texts = {f"{number:02}.md": [f"Passage {part} of story {number}." for part in range(4)] for number in range(12)}
    old = platform.using(embedder=HashEmbedder(model=model))
    for name, passages in texts.items():
        store(old, name, passages)
    clock.advance(1000)
    publish(old, RUN)
    before = dump(old)
    finer = ChunkSettings(max_tokens=platform.settings.chunks.max_tokens // 2)
    recut = Platform(platform.settings.model_copy(update={"chunks": finer}), clock).using(
        records=platform.records, index=platform.index, embedder=HashEmbedder()
    )
    for name, passages in texts.items():
        store(recut, name, ["\n".join(passages[:2]), "\n".join(passages[2:])])
    clock.advance(1000)
    publish(recut, RUN)
    newer = next(each.id for each in recut.records.scan(Generation) if each.id != before.generation)
    promote(recut, newer)
    roll_back(recut)
    assert dump(recut) == before, "the old cut serves, and the records have the new one"
    migrated = migrate(recut, target, RUN)
    assert dump(target) == before
    assert all(each.equal_to_source for each in migrated.generations)


def test_an_index_that_had_drifted_arrives_as_it_is_and_is_healed_there(source, target):
    whole = dump(source)
    lose(source, 3)
    drifted = dump(source)
    migrate(source, target, RUN)
    assert dump(target) == drifted
    reconcile(target.using(embedder=HashEmbedder()), RUN, wait=lambda _: None)
    assert dump(target) == whole


class Refusing:
    """A real index that refuses one entry."""

    def __init__(self, real: Any, id: str) -> None:
        self._real, self._id = real, id

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def write(self, name: str, entries: Any) -> Any:
        entries = list(entries)
        outcome = self._real.write(name, [each for each in entries if each.id != self._id])
        refused = {each.id: "too odd" for each in entries if each.id == self._id}
        return replace(outcome, refused={**outcome.refused, **refused})


def test_what_the_new_engine_refuses_is_held_in_quarantine(source, target):
    odd = lines(source)[0]["id"]
    migrated = migrate(source, target.using(index=Refusing(target.index, odd)), RUN)
    assert {each.refused for each in migrated.generations} == {1}
    assert {each.equal_to_source for each in migrated.generations} == {None}
    held = [each for each in target.records.scan(Quarantined) if odd in each.item]
    assert [each.value for each in held] == ["too odd"]
    assert {line["id"] for line in lines(target)} == {line["id"] for line in lines(source)} - {odd}


def test_an_index_that_was_lost_is_rebuilt_from_the_records(source, target):
    before = dump(source)
    source.index.drop(before.generation)
    migrate(source, target, RUN)
    assert dump(target) == before


@pytest.mark.parametrize("is_lost", [False, True])
def test_chunks_without_a_vector_wait_for_the_next_publish(source, target, clock, is_lost):
    head = store(source, "late.md", ["Stored, but not yet published."])
    if is_lost:
        source.index.drop(dump(source).generation)
    migrated = migrate(source, target, RUN)
    served = next(each for each in migrated.generations if each.state == "serving")
    assert (served.waiting, migrated.embedded) == (int(is_lost), 0)
    embedder = HashEmbedder()
    clock.advance(1)
    publish(target.using(embedder=embedder), RUN)
    assert len(embedder.embedded) >= 1
    assert head.id in {line["document"] for line in lines(target)}


class Losing:
    """A real store that loses the last record of every write of this class."""

    def __init__(self, real: Any, kind: type) -> None:
        self._real, self._kind = real, kind

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def put(self, records: Any) -> int:
        records = list(records)
        return self._real.put(records[:-1] if records and type(records[0]) is self._kind else records)


@pytest.mark.parametrize("kind", [Vector, Chunk, Lease])
def test_a_record_that_did_not_arrive_fails_the_comparison_by_name(source, target, kind):
    with pytest.raises(TerminalError, match=f"{kind.collection} differs after copying"):
        migrate(source, target.using(records=Losing(target.records, kind)), RUN)


class Bending:
    """A real index that keeps another vector than it was given: no digest of a bucket shows that."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def write(self, name: str, entries: Any) -> Any:
        return self._real.write(name, [replace(each, vector=each.vector[::-1].copy()) for each in entries])


def test_an_index_with_other_vectors_fails_the_comparison(source, target):
    with pytest.raises(TerminalError, match=r"the dumps of index .* differ"):
        migrate(source, target.using(index=Bending(target.index)), RUN)
    migrate(source, target, RUN)
    assert dump(target) == dump(source), "the next try fills it anew"


def test_a_target_with_records_of_something_else_is_refused_untouched(source, target):
    target.records.put([document("theirs.md")])
    with pytest.raises(TerminalError, match="records of something else: documents"):
        require_own_target(source, target)
    assert target.records.count(Document) == 1


def test_a_target_with_records_that_are_the_sources_is_accepted(source, target):
    target.records.put(list(source.records.scan(Document, limit=3)))
    require_own_target(source, target)


def test_a_target_with_an_index_of_the_same_name_is_refused(source, target):
    generation = serving(source.records)
    target.index.create(generation.id, generation.dimension)
    with pytest.raises(TerminalError, match=f"indexes of these names: {generation.id}"):
        require_own_target(source, target)


def test_a_lease_that_is_held_keeps_records_where_they_are(platform, clock):
    require_no_writer(platform)
    platform.records.put([Lease(id="incident/1", holder="heal", epoch=3, expires_at=clock() + 30)])
    with pytest.raises(TerminalError, match=r"incident/1.*ends in 30 s"):
        require_no_writer(platform)
    clock.advance(31)
    require_no_writer(platform)
