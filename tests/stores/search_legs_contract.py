"""The two legs of a search in every `SearchIndex`: what is found, in which order, and for whom."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kintsugi.errors import ConfigurationError, DataError, FingerprintMismatch
from kintsugi.records import Labels
from kintsugi.stores.search import IndexEntry, Scope, SearchIndex
from tests.stores.entries import DIMENSION, EVERYTHING, direction, entry, inside, nearest
from tests.stores.held_by_several import ONE_STORE_AFTER_THE_OTHER

ON_ONE_INDEX = settings(max_examples=40, deadline=None, suppress_health_check=ONE_STORE_AFTER_THE_OTHER)
NAMES = ["everyone", "o'brien", '"ops"', "a\\b", "%", "' OR 1=1 --", "a\0b", "🏺", "line\nbreak", ""]
SOME = st.lists(st.sampled_from(NAMES), max_size=2).map(tuple)
SCOPES = st.builds(
    Scope,
    principals=st.none() | SOME,
    sources=SOME,
    max_sensitivity=st.sampled_from(["public", "internal", "confidential"]),
    trusts=st.lists(st.sampled_from(["trusted", "reviewed", "untrusted"]), max_size=2).map(tuple),
    regions=SOME,
)
QUERIES = [
    "",
    " \n\t ",
    "?!",
    "alpha AND ) *",
    "NOT alpha",
    '"alpha',
    "'alpha'; DROP TABLE",
    "alpha^3~2 +beta -gamma",
    "title:alpha",
    "(((",
    "{$where: 1}",
    "al?ha*",
    "🏺👩‍👩‍👧‍👦",
    "\ud83d half a pair",
    "nul\0byte",
    "x" * 10_000,
    "word " * 2_000,
    "日本語の質問",
    "\\",
    "[a TO b]",
    "/regex/",
]


def found(index: SearchIndex, query: str, k: int = 10, scope: Scope = EVERYTHING) -> list[str]:
    return [hit.id for hit in index.search_text("g", query, k, scope)]


def filled(index: SearchIndex, entries: Sequence[IndexEntry], dimension: int = DIMENSION) -> None:
    index.create("g", dimension)
    index.write("g", entries)
    index.refresh("g")


def assorted() -> list[IndexEntry]:
    """Return entries of many labels; each has the word *shared*."""
    made: list[Any] = []
    for n in range(240):
        labels = Labels(
            access=tuple(NAMES[(n + m) % len(NAMES)] for m in range(n % 3)),
            sensitivity=("public", "internal", "confidential")[n % 3],
            trust=("trusted", "reviewed", "untrusted")[n // 3 % 3],
            region=NAMES[n // 5 % len(NAMES)],
        )
        made.append(entry(f"{n:03}", "a shared word", source=NAMES[n // 2 % len(NAMES)], labels=labels))
    return made


class LegsContract:
    """Words, vectors and scopes."""

    def test_the_text_leg_ranks_as_bm25_does(self, index: SearchIndex) -> None:
        padding = "of the many other things that were said there"
        filled(
            index,
            [
                entry("often", "scheduler scheduler scheduler heartbeat late " + padding),
                entry("once", "scheduler stopped with some more words around it " + padding),
                entry("long", "scheduler " + padding * 20),
                entry("rare", "a deadlock " + padding),
                *(entry(f"filler-{n}", "scheduler " * (n % 2) + padding) for n in range(20)),
            ],
        )
        order = found(index, "scheduler", 50)
        assert order.index("often") < order.index("once") < order.index("long")
        assert found(index, "scheduler deadlock")[0] == "rare"
        scores = [hit.score for hit in index.search_text("g", "scheduler", 50, EVERYTHING)]
        assert scores == sorted(scores, reverse=True)

    def test_title_heading_and_text_are_searched(self, index: SearchIndex) -> None:
        filled(
            index,
            [entry("t", title="Brass lamps"), entry("h", heading="Repair › Brass"), entry("x", "brass"), entry("no")],
        )
        assert sorted(found(index, "brass")) == ["h", "t", "x"]

    @pytest.mark.parametrize(
        ("text", "query"),
        [
            ("max_active_runs is 16", "max_active_runs"),
            ("max_active_runs is 16", "active runs"),
            ("raised ConnectionResetError again", "ConnectionResetError"),
            ("raised ConnectionResetError again", "connection reset"),
            ("ingest_airflow.py failed", "airflow"),
            ("AIRFLOW__CORE__PARALLELISM=32", "parallelism"),
            ("the task was restarted", "restart tasks"),
            ("sqlalchemy.exc.OperationalError", "operational error"),
            ("Airflow 3.3.2 is out", "3.3.2"),
            ("Airflow 3.3.2 is out", "3.3"),
            ("commit 8890cd5f00aa1122bbee of main", "8890cd5f00aa1122bbee"),
            ("Störung behoben", "störung"),
            ("接続エラーが発生しました", "エラー"),
        ],
    )
    def test_operational_words_are_found_whole_and_by_their_parts(
        self, index: SearchIndex, text: str, query: str
    ) -> None:
        filled(index, [entry("other", "unrelated words"), entry("wanted", text)])
        assert found(index, query) == ["wanted"]

    @pytest.mark.parametrize("query", QUERIES, ids=lambda query: ascii(query[:20]))
    def test_any_string_is_a_query_and_its_operators_are_plain_text(self, index: SearchIndex, query: str) -> None:
        filled(index, [entry("a", "alpha"), entry("b", "unrelated")])
        hits = found(index, query)
        assert hits == (["a"] if "alpha" in query else [])

    @ON_ONE_INDEX
    @given(query=st.text(st.characters()))
    def test_no_string_at_all_is_refused(self, index: SearchIndex, query: str) -> None:
        if index.names() == []:
            filled(index, [entry("a", "alpha"), entry("b", "beta")])
        assert set(found(index, query)) <= {"a", "b"}

    @pytest.mark.parametrize("scope", [EVERYTHING, Scope()], ids=["platform", "everyone"])
    def test_the_vector_leg_equals_brute_force(self, index: SearchIndex, scope: Scope) -> None:
        made = [entry(f"{n:03}", vector=direction(n, dimension=32) * (1 + n % 3)) for n in range(500)]
        filled(index, made, dimension=32)
        index.write("g", [entry("000", vector=direction("moved", dimension=32))])
        index.delete("g", ["001"])
        index.refresh("g")
        now = [entry("000", vector=direction("moved", dimension=32)), *made[2:]]
        for n in range(12):
            wanted = direction("query", n, dimension=32) * np.float32(10.0 ** (n % 5 - 2))
            hits = index.search_vector("g", wanted, 10, scope)
            assert [hit.id for hit in hits] == nearest(now, wanted, 10)
            assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)

    def test_a_question_of_another_embedding_is_refused(self, index: SearchIndex) -> None:
        filled(index, [entry("a")])
        with pytest.raises(FingerprintMismatch, match="dimension 8; got dimension 9"):
            index.search_vector("g", direction("q", dimension=9), 5, EVERYTHING)

    @pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
    def test_a_question_without_direction_is_refused(self, index: SearchIndex, value: float) -> None:
        filled(index, [entry("a")])
        with pytest.raises(DataError, match="direction"):
            index.search_vector("g", np.full(DIMENSION, value, np.float32), 5, EVERYTHING)

    @pytest.mark.parametrize("k", [1, 7, 39])
    def test_hits_of_equal_score_are_in_id_order(self, index: SearchIndex, k: int) -> None:
        ids = [f"{n * 17 % 40:02}" for n in range(40)]
        same = direction("the same")
        index.create("g", DIMENSION)
        for at in range(0, 40, 8):
            index.write("g", [entry(id, "tied words", vector=same) for id in ids[at : at + 8]])
        index.write("g", [entry("best", "tied tied", vector=direction("best"))])
        index.refresh("g")
        assert [hit.id for hit in index.search_vector("g", same, k, EVERYTHING)] == sorted(ids)[:k]
        assert found(index, "tied", k + 1) == ["best", *sorted(ids)[:k]]

    @pytest.mark.parametrize("k", [-1, 0])
    def test_no_hits_are_asked_for_and_none_come(self, index: SearchIndex, k: int) -> None:
        filled(index, [entry("a", "alpha")])
        assert found(index, "alpha", k) == []
        assert index.search_vector("g", direction("q"), k, EVERYTHING) == []

    def test_an_empty_index_finds_nothing(self, index: SearchIndex) -> None:
        index.create("g", DIMENSION)
        assert found(index, "anything") == []
        assert index.search_vector("g", direction("q"), 5, EVERYTHING) == []

    @ON_ONE_INDEX
    @given(scope=SCOPES, seed=st.integers(0, 5))
    def test_a_scope_holds_before_the_best_are_taken(self, index: SearchIndex, scope: Scope, seed: int) -> None:
        made = assorted()
        if index.names() == []:
            filled(index, made)
        allowed = [each for each in made if inside(each, scope)]
        wanted = direction("query", seed)
        assert [hit.id for hit in index.search_vector("g", wanted, 5, scope)] == nearest(allowed, wanted, 5)
        assert found(index, "shared", 6, scope) == [each.id for each in allowed[:6]]

    def test_the_default_scope_sees_what_everyone_may_see(self, index: SearchIndex) -> None:
        nobody, ops = Labels(access=()), Labels(access=("ops",))
        filled(index, [entry("all", "lamp"), entry("ops", "lamp", labels=ops), entry("nobody", "lamp", labels=nobody)])
        assert found(index, "lamp", scope=Scope()) == ["all"]
        assert found(index, "lamp", scope=Scope(principals=("everyone", "ops"))) == ["all", "ops"]
        assert found(index, "lamp", scope=Scope(principals=())) == []
        assert found(index, "lamp", scope=EVERYTHING) == ["all", "nobody", "ops"]

    def test_a_scope_of_an_unknown_sensitivity_is_refused(self, index: SearchIndex) -> None:
        filled(index, [entry("a", "alpha")])
        for search in (
            lambda scope: index.search_text("g", "alpha", 5, scope),
            lambda scope: index.search_vector("g", direction("q"), 5, scope),
        ):
            with pytest.raises(ConfigurationError, match="'secret'"):
                search(Scope(max_sensitivity="secret"))
