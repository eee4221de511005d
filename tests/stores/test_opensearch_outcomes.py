"""What is read from the engine's words: verdicts on items, errors' causes, and the terms of a query."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kintsugi.stores.opensearch.errors import reasons
from kintsugi.stores.opensearch.mapping import COSINE, INNER_PRODUCT
from kintsugi.stores.opensearch.outcomes import Verdict, answer_to, judged, may_be_a_breaker
from kintsugi.stores.opensearch.rows import key
from kintsugi.stores.opensearch.searching import cosine, words_within
from kintsugi.stores.opensearch.sizes import COMPARED, FRESH, Sizes
from tests.builders import FakeClock


def item(status: int, type: str = "", reason: str = "", *causes: tuple[str, str]) -> dict[str, object]:
    told: dict[str, object] = {"type": type, "reason": reason}
    at = told
    for cause in causes:
        at["caused_by"] = dict(zip(("type", "reason"), cause, strict=True))
        at = at["caused_by"]  # type: ignore[assignment]
    return {"index": {"status": status, "error": told} if type else {"status": status, "result": "created"}}


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (item(201), Verdict.DONE),
        ({"delete": {"status": 404, "result": "not_found"}}, Verdict.ABSENT),
        (item(429, "rejected_execution_exception", "queue"), Verdict.AGAIN),
        (item(429, "circuit_breaking_exception", "[parent] Data too large"), Verdict.AGAIN),
        (item(503, "unavailable_shards_exception", "primary shard is not active"), Verdict.AGAIN),
        (item(409, "version_conflict_engine_exception", "x"), Verdict.AGAIN),
        (
            item(400, "mapper_parsing_exception", "failed", ("a", "b"), ("circuit_breaking_exception", "c")),
            Verdict.AGAIN,
        ),
        (
            item(400, "illegal_argument_exception", "immense term in [runbooks/circuit-breaker.md]: data too large"),
            Verdict.REFUSED,
        ),
        (item(400, "mapper_parsing_exception", "failed to parse", ("number_format", "x")), Verdict.REFUSED),
        (item(400, "strict_dynamic_mapping_exception", "introduction of [x]"), Verdict.REFUSED),
        (item(403, "cluster_block_exception", "FORBIDDEN/12"), Verdict.BLOCKED),
        (item(429, "cluster_block_exception", "TOO_MANY_REQUESTS/12/disk usage exceeded"), Verdict.BLOCKED),
        (item(404, "index_not_found_exception", "no such index"), Verdict.MISSING),
        (item(403, "security_exception", "no permissions"), Verdict.FORBIDDEN),
    ],
)
def test_an_item_is_judged_by_status_and_cause_before_its_name(given: dict[str, object], verdict: Verdict) -> None:
    assert judged(answer_to(given)) is verdict


@pytest.mark.parametrize(
    ("given", "doubtful"),
    [
        (item(400, "mapper_parsing_exception", "failed", ("illegal", "[parent] Data too large")), True),
        (item(400, "made_up_exception", "circuit breaker"), True),
        (item(400, "strict_dynamic_mapping_exception", "introduction of [x]"), False),
    ],
)
def test_the_engines_counters_decide_where_only_words_speak_of_a_breaker(
    given: dict[str, object], doubtful: bool
) -> None:
    assert judged(answer_to(given)) is Verdict.REFUSED
    assert may_be_a_breaker(answer_to(given)) is doubtful


def test_the_reason_tells_every_cause_once() -> None:
    cause = {"type": "b", "reason": "inner"}
    assert reasons({"type": "a", "reason": "outer", "root_cause": [cause], "caused_by": cause}) == "outer ← b: inner"


@given(st.text())
def test_every_id_has_a_key_that_the_engine_takes(id: str) -> None:
    assert 1 <= len(key(id).encode()) <= 512
    assert not key(id).startswith("_")


@given(st.text(), st.text())
def test_ids_that_differ_have_keys_that_differ(one: str, other: str) -> None:
    assert (key(one) == key(other)) == (one == other)


@given(st.lists(st.sampled_from(["a", "A", "b_c", "3.3.2", "日本語", "é", "?!"])).map(" ".join), st.integers(1, 9))
def test_a_query_keeps_distinct_words_from_its_beginning_within_its_bound(words: str, most: int) -> None:
    kept = words_within(words, most).split()
    assert len(kept) == len({word.casefold() for word in kept})
    assert [word for word in dict.fromkeys(words.split()) if word in kept] == kept
    assert len(words_within("日" * 2000 + " word").split()) == 0
    assert words_within("word " * 2000) == "word"


@pytest.mark.parametrize("space", [COSINE, INNER_PRODUCT])
@pytest.mark.parametrize("value", [-1.0, -0.25, 0.0, 0.5, 1.0])
def test_scores_become_cosines(space: str, value: float) -> None:
    inner = value + 1 if value >= 0 else 1 / (1 - value)
    assert cosine((1 + value) / 2 if space == COSINE else inner, space) == pytest.approx(value)


def test_an_index_is_counted_again_once_the_count_is_old() -> None:
    clock, counts = FakeClock(), iter([COMPARED, COMPARED + 1])
    sizes = Sizes(clock)
    assert sizes.compares("g", counts.__next__)
    assert sizes.compares("g", counts.__next__)
    clock.advance(FRESH)
    assert not sizes.compares("g", counts.__next__)
