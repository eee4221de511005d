"""What every `SearchIndex` has to do: an adapter subclasses `SearchIndexContract` and gives it the fixtures.

``index`` and ``index_again`` are two handles on one engine without indexes, as two processes would open it; ``reopen``
is a picklable callable that opens one more, in whichever process calls it.
"""

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kintsugi.errors import ConfigurationError, FingerprintMismatch, StoreUnavailable
from kintsugi.records import Labels
from kintsugi.stores.search import SearchIndex
from tests.stores.entries import DIMENSION, EVERYTHING, direction, entry, exactly, recomputed
from tests.stores.held_by_several import ONE_STORE_AFTER_THE_OTHER
from tests.stores.samples import HOSTILE
from tests.stores.search_legs_contract import LegsContract
from tests.stores.search_writers_contract import IndexWritersContract

IDS = st.sampled_from("abcdef")
STEPS = st.lists(
    st.tuples(st.just("write"), st.lists(st.tuples(IDS, st.integers(0, 3)), max_size=5))
    | st.tuples(st.just("delete"), st.lists(IDS, max_size=3))
    | st.tuples(st.just("refresh"), st.none()),
    max_size=8,
)
NUMBERS = count()
WORDS = ("granite", "basalt", "marble", "slate")

BAD_NAMES = ["", ".", "..", "../evil", "a/b", "/tmp/evil", "a b", "it's", "é", "a\0b", "A", "x" * 300, "_all", "*"]

ON_AN_INDEX: dict[str, Callable[[SearchIndex, str], Any]] = {
    "write": lambda index, name: index.write(name, [entry("a")]),
    "delete": lambda index, name: index.delete(name, ["a"]),
    "refresh": lambda index, name: index.refresh(name),
    "search_text": lambda index, name: index.search_text(name, "words", 5, EVERYTHING),
    "search_vector": lambda index, name: index.search_vector(name, direction("q"), 5, EVERYTHING),
    "entries": lambda index, name: list(index.entries(name)),
    "entries by id": lambda index, name: list(index.entries(name, ["a"])),
    "of_documents": lambda index, name: index.of_documents(name, ["d"]),
    "of_buckets": lambda index, name: index.of_buckets(name, [1]),
    "digests": lambda index, name: index.digests(name),
    "count": lambda index, name: index.count(name),
}


class SearchIndexContract(LegsContract, IndexWritersContract):
    """Indexes, entries and digests; the bases add the two legs of a search and concurrency."""

    def test_making_an_index_twice_is_making_it_once(self, index: SearchIndex, index_again: SearchIndex) -> None:
        index.create("g-1", DIMENSION)
        index.write("g-1", [entry("a")])
        index_again.create("g-1", DIMENSION)
        index.create("g-1", DIMENSION)
        assert index_again.count("g-1") == 1

    def test_an_index_keeps_its_dimension(self, index: SearchIndex) -> None:
        index.create("g", DIMENSION)
        with pytest.raises(FingerprintMismatch, match="dimension 8; got dimension 9"):
            index.create("g", DIMENSION + 1)
        assert index.write("g", [entry("a")]).written == 1

    def test_names_are_sorted_and_gone_after_a_drop(self, index: SearchIndex, index_again: SearchIndex) -> None:
        assert index.names() == []
        for name in ("g-2", "a.b_c", "g-10", "0"):
            index.create(name, DIMENSION)
        assert index_again.names() == ["0", "a.b_c", "g-10", "g-2"]
        index_again.drop("g-10")
        index_again.drop("g-10")
        index.drop("never-there")
        assert index.names() == ["0", "a.b_c", "g-2"]

    def test_an_index_made_anew_is_empty_and_may_have_another_dimension(
        self, index: SearchIndex, index_again: SearchIndex
    ) -> None:
        index.create("g", DIMENSION)
        index.write("g", [entry("old", "a brass lamp")])
        assert index_again.count("g") == 1
        index.drop("g")
        index.create("g", 3)
        assert index_again.count("g") == 0
        assert index_again.search_text("g", "lamp", 5, EVERYTHING) == []
        assert index_again.write("g", [entry("new", vector=direction("new", dimension=3))]).written == 1
        index_again.refresh("g")
        assert [hit.id for hit in index.search_vector("g", direction("q", dimension=3), 5, EVERYTHING)] == ["new"]

    @pytest.mark.parametrize("name", BAD_NAMES)
    def test_a_name_that_some_engine_would_refuse_is_refused(self, index: SearchIndex, name: str) -> None:
        with pytest.raises(ConfigurationError):
            index.create(name, DIMENSION)
        index.drop(name)
        assert index.names() == []

    @pytest.mark.parametrize("name", ["never-there", "dropped", "../evil", "a\0b"])
    @pytest.mark.parametrize("doing", ON_AN_INDEX.values(), ids=ON_AN_INDEX.keys())
    def test_an_index_that_does_not_exist_is_unavailable(
        self, index: SearchIndex, index_again: SearchIndex, doing: Callable[[SearchIndex, str], Any], name: str
    ) -> None:
        if name == "dropped":
            index.create(name, DIMENSION)
            index.write(name, [entry("a")])
            index_again.drop(name)
        with pytest.raises(StoreUnavailable) as refused:
            doing(index, name)
        assert repr(name).strip("'") in str(refused.value)
        assert refused.value.next_step

    def test_writing_an_entry_twice_leaves_one_and_the_later_one(self, index: SearchIndex) -> None:
        index.create("g", DIMENSION)
        assert index.write("g", [entry("a", "first"), entry("b")]).written == 2
        assert index.write("g", [entry("a", "second")]).written == 1
        assert index.write("g", [entry("a", "third"), entry("a", "fourth")]).refused == {}
        assert [exactly(each) for each in index.entries("g")] == [exactly(entry("a", "fourth")), exactly(entry("b"))]
        assert index.write("g", []).written == 0

    def test_entries_come_back_in_id_order_to_the_last_bit(self, index: SearchIndex, index_again: SearchIndex) -> None:
        index.create("g", DIMENSION)
        odd = np.array([1e-45, -0.0, 1.1754944e-38, 3.4e38, -1.0, 1 / 3, 5e-10, 0.0], dtype=np.float32)
        labels = Labels(access=("ops", "o'brien"), sensitivity="confidential", trust="untrusted", region="eu")
        made = [
            entry(id, title="T", heading="A › B", labels=labels, start=3, end=2**40, digest=2**62 - 1, vector=odd)
            for id in ("", " ", "A", "a", "é", "日", "🏺")
        ]
        index.write("g", made[::-1])
        assert [exactly(each) for each in index_again.entries("g")] == [exactly(each) for each in made]

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
    def test_no_text_is_dangerous_in_an_entry(self, index: SearchIndex, text: str) -> None:
        index.create("g", DIMENSION)
        short = text[:200]
        hostile = entry(
            short, text, document=short, source=short, title=short, labels=Labels(access=(short,), region=short)
        )
        index.write("g", [hostile, entry("another")])
        assert [exactly(each) for each in index.entries("g", [short])] == [exactly(hostile)]
        assert index.of_documents("g", [short]) == {short: hostile.digest}
        assert index.delete("g", [short]) == 1
        assert [each.id for each in index.entries("g")] == ["another"]

    @pytest.mark.parametrize(
        ("refused", "reason"),
        [
            ({"text": "half \ud83d"}, "UTF-8"),
            ({"document": "\ud83d"}, "UTF-8"),
            ({"source": "\ud83d"}, "UTF-8"),
            ({"labels": Labels(region="\ud83d")}, "UTF-8"),
            ({"labels": Labels(access=("\ud83d",))}, "UTF-8"),
            ({"vector": np.zeros(DIMENSION, np.float32)}, "zero"),
            ({"vector": np.full(DIMENSION, np.nan, np.float32)}, "finite"),
            ({"vector": np.full(DIMENSION, np.inf, np.float32)}, "finite"),
        ],
    )
    def test_an_entry_that_cannot_be_held_is_reported_and_the_rest_is_written(
        self, index: SearchIndex, refused: dict[str, Any], reason: str
    ) -> None:
        index.create("g", DIMENSION)
        outcome = index.write("g", [entry("a"), entry("bad", **refused), entry("c")])
        assert outcome.written == 2
        assert list(outcome.refused) == ["bad"]
        assert reason in outcome.refused["bad"]
        assert [each.id for each in index.entries("g")] == ["a", "c"]

    def test_a_vector_of_another_embedding_refuses_the_whole_write(self, index: SearchIndex) -> None:
        index.create("g", DIMENSION)
        with pytest.raises(FingerprintMismatch, match="write bad to g"):
            index.write("g", [entry("a"), entry("bad", vector=direction("bad", dimension=9))])
        assert index.count("g") == 0

    def test_delete_counts_what_went(self, index: SearchIndex) -> None:
        index.create("g", DIMENSION)
        index.write("g", [entry(f"{n:04}") for n in range(2300)])
        assert index.delete("g", (f"{n:04}" for n in range(3, 4000))) == 2297
        assert index.delete("g", ["0003", "nothing", "0002"]) == 1
        assert index.delete("g", []) == 0
        assert [each.id for each in index.entries("g")] == ["0000", "0001"]

    def test_entries_found_a_moment_ago_are_read_as_they_are_now(
        self, index: SearchIndex, index_again: SearchIndex
    ) -> None:
        index.create("g-1", DIMENSION)
        before = {id: entry(id, f"{id} common") for id in ("changed", "deleted", "left")}
        index.write("g-1", list(before.values()))
        index.refresh("g-1")
        found = [hit.id for hit in index.search_text("g-1", "common", 3, EVERYTHING)]
        assert sorted(found) == sorted(before)
        assert list(map(exactly, index.entries("g-1", found))) == [exactly(before[id]) for id in sorted(found)]
        now = entry("changed", "other text")
        index_again.write("g-1", [now])
        index_again.delete("g-1", ["deleted"])
        index_again.refresh("g-1")
        assert list(map(exactly, index.entries("g-1", found))) == [exactly(now), exactly(before["left"])]
        index_again.drop("g-1")
        index_again.create("g-1", DIMENSION)
        index_again.write("g-1", [entry("left", "made anew"), entry("new")])
        index_again.refresh("g-1")
        assert list(map(exactly, index.entries("g-1", found))) == [exactly(entry("left", "made anew"))]

    def test_entries_are_read_in_pages_whatever_their_number(self, index: SearchIndex) -> None:
        index.create("g", DIMENSION)
        made = {id: entry(id) for id in (f"{n * 7919 % 2500:04}" for n in range(2500))}
        for at in range(0, 2500, 600):
            index.write("g", list(made.values())[at : at + 600])
        assert [exactly(each) for each in index.entries("g")] == [exactly(made[id]) for id in sorted(made)]
        some = [f"{n:04}" for n in range(2499, 900, -1)]
        assert [each.id for each in index.entries("g", iter([*some, "nothing", *some]))] == sorted(some)
        assert list(index.entries("g", [])) == []

    def test_digests_are_found_by_document_and_by_bucket(self, index: SearchIndex) -> None:
        index.create("g", DIMENSION)
        made = [entry(f"{n:03}", document=f"d{n % 7}", bucket=n % 11, digest=2**62 - 1 - n) for n in range(200)]
        index.write("g", made)
        assert index.of_documents("g", ["d1", "d5", "it's not there"]) == {
            each.id: each.digest for each in made if each.document in ("d1", "d5")
        }
        assert index.of_buckets("g", [0, 10, 4095]) == {each.id: each.digest for each in made if each.bucket in (0, 10)}
        assert index.of_documents("g", []) == index.of_buckets("g", []) == {}
        assert index.of_documents("g", map(str, range(3000))) == {}

    def test_bucket_digests_equal_a_recomputation(self, index: SearchIndex) -> None:
        index.create("g", DIMENSION)
        assert index.digests("g") == {}
        made = {f"{n:04}": entry(f"{n:04}", bucket=n * n % 101, digest=2**62 - 1 - n) for n in range(1200)}
        index.write("g", list(made.values()))
        assert index.digests("g") == recomputed(made.values())
        changed = entry("0004", bucket=4095, digest=1)
        index.write("g", [changed])
        index.delete("g", ["0005"])
        kept = {id: each for id, each in made.items() if id not in ("0004", "0005")}
        assert index.digests("g") == recomputed([*kept.values(), changed])
        assert index.count("g") == 1199

    def test_what_was_written_is_seen_elsewhere_after_a_refresh(
        self, index: SearchIndex, index_again: SearchIndex
    ) -> None:
        index.create("g", DIMENSION)
        index_again.count("g")
        index.write("g", [entry("a", "a brass lamp"), entry("b", "an oak chair")])
        index.refresh("g")
        assert [hit.id for hit in index_again.search_text("g", "lamp", 5, EVERYTHING)] == ["a"]
        index.write("g", [entry("a", "an iron stove")])
        index.delete("g", ["b"])
        index.refresh("g")
        assert index_again.search_text("g", "lamp chair", 5, EVERYTHING) == []
        assert [hit.id for hit in index_again.search_text("g", "stove", 5, EVERYTHING)] == ["a"]
        assert [hit.id for hit in index_again.search_vector("g", direction("q"), 5, EVERYTHING)] == ["a"]

    @settings(max_examples=25, deadline=None, suppress_health_check=ONE_STORE_AFTER_THE_OTHER)
    @given(steps=STEPS)
    def test_any_sequence_of_writes_and_deletes_leaves_what_a_dictionary_would(
        self, index: SearchIndex, steps: list[tuple[str, Any]]
    ) -> None:
        name, model = f"g{next(NUMBERS)}", {}
        index.create(name, DIMENSION)
        for step, what in steps:
            if step == "write":
                entries = [entry(id, f"common {WORDS[version]}") for id, version in what]
                index.write(name, entries)
                model |= {each.id: each for each in entries}
            elif step == "delete":
                assert index.delete(name, what) == len(model.keys() & set(what))
                model = {id: each for id, each in model.items() if id not in what}
            else:
                index.refresh(name)
        index.refresh(name)
        assert [exactly(each) for each in index.entries(name)] == [exactly(model[id]) for id in sorted(model)]
        assert index.digests(name) == recomputed(model.values())
        for word in ("common", *WORDS):
            holders = {id for id, each in model.items() if word in each.text.split()}
            assert {hit.id for hit in index.search_text(name, word, 10, EVERYTHING)} == holders
        index.drop(name)
