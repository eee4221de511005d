"""Whatever a platform knows is the same on other engines, and what is killed half-way is completed."""

from dataclasses import replace
from typing import Any

import pytest

from kintsugi.errors import TerminalError
from kintsugi.index.dump import dump
from kintsugi.index.generations import serving
from kintsugi.index.publish import publish
from kintsugi.migrate.migration import Migrated, migrate, require_no_writer, require_own_target
from kintsugi.records import POINTER, RECORDS, Chunk, Document, Lease, Pointer, Suspect, Vector
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


@pytest.mark.parametrize("calls", [0, 1, 2, 3])
def test_killed_while_the_index_is_built_the_next_call_completes_it(source, target, calls):
    with pytest.raises(Killed):
        migrate(source, target.using(index=Dying(target.index, calls, ("create", "write", "refresh"))), RUN)
    assert isinstance(migrate(source, target, RUN), Migrated)
    assert dump(target) == dump(source)


def test_what_changed_at_the_source_between_two_tries_is_brought_along(source, target, clock):
    with pytest.raises(Killed):
        migrate(source, target.using(index=Dying(target.index, 1, ("write",))), RUN)
    bury(source, "doc-1.md")
    store(source, "doc-2.md", ["Edited between the two tries."])
    source.records.delete(Suspect, ["fresh"])
    clock.advance(1000)
    publish(source, RUN)
    migrate(source, target, RUN)
    assert contents(target) == contents(source)
    assert dump(target) == dump(source)


def test_an_index_that_had_drifted_is_rebuilt_from_the_records(source, target):
    lost = lose(source, 3)
    migrated = migrate(source, target, RUN)
    served = next(each for each in migrated.generations if each.state == "serving")
    assert served.equal_to_source is None, "there was nothing equal to compare with"
    assert {line["id"] for line in lines(target)} == {line["id"] for line in lines(source)} | set(lost)


def test_an_index_that_was_lost_is_rebuilt_from_the_records(source, target):
    before = dump(source)
    source.index.drop(before.generation)
    migrate(source, target, RUN)
    assert dump(target) == before


def test_chunks_without_a_vector_wait_for_the_next_publish(source, target, clock):
    head = store(source, "late.md", ["Stored, but not yet published."])
    migrated = migrate(source, target, RUN)
    served = next(each for each in migrated.generations if each.state == "serving")
    assert (served.waiting, migrated.embedded) == (1, 0)
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
