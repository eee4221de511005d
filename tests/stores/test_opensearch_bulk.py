"""Bulk writes of a real node behind a proxy: each entry is written, refused with a reason, or said to be missing."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opensearchpy import OpenSearch

from kintsugi.errors import ConfigurationError, FingerprintMismatch, StoreUnavailable
from kintsugi.stores.opensearch import OpenSearchIndex
from kintsugi.stores.opensearch.bulk import WAITS
from tests.engines.http_faults import Answer, BreakerTripped, HalfBulk, LostAnswer, RefusedItems, TooLarge, ids
from tests.engines.http_proxy import HttpProxy, bulk, path
from tests.engines.proxy import BlackHole, Cut, Proxy
from tests.engines.servers import Server
from tests.engines.servers import opensearch_node as node_of_its_own
from tests.stores.entries import DIMENSION, EVERYTHING, direction, entry, exactly
from tests.stores.opensearch_handles import Waits, hurried, opened

IDS = [f"{n:02}" for n in range(20)]
MADE = [entry(id) for id in IDS]


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def proxy(opensearch_node: Server) -> Iterator[HttpProxy]:
    with HttpProxy(opensearch_node.host, opensearch_node.port) as proxy:
        yield proxy


@pytest.fixture
def index(proxy: HttpProxy, index_prefix: str, waits: Waits) -> Iterator[OpenSearchIndex]:
    made = hurried(proxy.url, index_prefix, waits)
    made.create("g", DIMENSION)
    yield made
    made.close()


def stored(index: OpenSearchIndex) -> list[Any]:
    return [exactly(each) for each in index.entries("g")]


def test_items_that_are_pushed_back_are_sent_again_alone_and_in_smaller_requests(
    index: OpenSearchIndex, proxy: HttpProxy, waits: Waits
) -> None:
    proxy.fault(RefusedItems(lambda at, item: at % 2 == 1), on=bulk, times=1)
    outcome = index.write("g", MADE)
    assert (outcome.written, outcome.refused) == (20, {})
    sizes = [[item.id for item in request.items] for request in proxy.requests(bulk)]
    assert sizes == [IDS, IDS[1::2]]
    assert waits == [WAITS[0]]
    assert stored(index) == [exactly(each) for each in MADE]


def test_an_engine_that_takes_nothing_gets_half_each_time_and_then_more_again(
    index: OpenSearchIndex, proxy: HttpProxy, waits: Waits
) -> None:
    proxy.fault(RefusedItems(), on=bulk, times=3)
    assert index.write("g", MADE).written == 20
    assert [len(request.items) for request in proxy.requests(bulk)] == [20, 10, 5, 2, 4, 8, 6]
    assert waits == list(WAITS[:3])


def test_an_engine_that_never_takes_anything_is_given_up_after_a_bounded_wait_and_the_next_write_completes(
    index: OpenSearchIndex, proxy: HttpProxy, waits: Waits
) -> None:
    index.write("g", MADE[:5])
    proxy.fault(RefusedItems(), on=bulk)
    with pytest.raises(StoreUnavailable, match=r"20 entries were not taken, 0 were.*rejected_execution") as given_up:
        index.write("g", MADE)
    assert "_nodes/stats/breaker" in given_up.value.next_step
    assert waits == list(WAITS)
    proxy.heal()
    assert index.write("g", MADE).written == 20
    assert index.count("g") == 20


@pytest.mark.parametrize("status", [429, 503])
def test_a_whole_request_that_is_pushed_back_is_sent_again(
    index: OpenSearchIndex, proxy: HttpProxy, status: int
) -> None:
    proxy.fault(Answer(status, "circuit_breaking_exception"), on=bulk, times=2)
    assert index.write("g", MADE).written == 20
    assert stored(index) == [exactly(each) for each in MADE]


@pytest.mark.parametrize("status", [429, 503])
def test_an_engine_that_always_pushes_back_is_unavailable_in_the_end(
    index: OpenSearchIndex, proxy: HttpProxy, waits: Waits, status: int
) -> None:
    proxy.fault(Answer(status, "made_up_exception"), on=bulk)
    with pytest.raises(StoreUnavailable, match=str(status)):
        index.write("g", MADE)
    assert sum(waits) < 120


def test_a_request_that_is_too_large_is_split_and_an_entry_that_is_too_large_alone_is_refused(
    index: OpenSearchIndex, proxy: HttpProxy
) -> None:
    proxy.fault(TooLarge(6000), on=bulk)
    outcome = index.write("g", [*MADE[:10], entry("large", "many words " * 1000), *MADE[10:]])
    assert outcome.written == 20
    assert list(outcome.refused) == ["large"]
    assert "413" in outcome.refused["large"]
    assert stored(index) == [exactly(each) for each in MADE]


@pytest.mark.parametrize("cause", [True, False], ids=["named as the cause", "seen in its counters alone"])
def test_a_breaker_that_poses_as_a_mapping_error_is_waited_for_and_nothing_is_refused(
    index: OpenSearchIndex, proxy: HttpProxy, waits: Waits, cause: bool
) -> None:
    tripped = BreakerTripped(cause=cause)
    proxy.fault(tripped, on=path("/stats/circuit_breaker_triggered"), times=2)
    proxy.fault(tripped, on=bulk, times=2)
    outcome = index.write("g", MADE)
    assert (outcome.written, outcome.refused) == (20, {})
    assert waits == list(WAITS[:2])


def test_a_breaker_that_stays_open_ends_the_write_without_refusing_anything(
    index: OpenSearchIndex, proxy: HttpProxy
) -> None:
    proxy.fault(BreakerTripped())
    with pytest.raises(StoreUnavailable, match="circuit breaker"):
        index.write("g", MADE)
    proxy.heal()
    assert index.write("g", MADE).written == 20


def test_a_real_mapping_error_refuses_that_entry_and_the_rest_is_written(index: OpenSearchIndex, waits: Waits) -> None:
    wrong = [entry("wide", document="d" * 40_000), entry("late", end=2**70)]
    outcome = index.write("g", [*MADE[:3], *wrong, *MADE[3:]])
    assert outcome.written == 20
    assert sorted(outcome.refused) == ["late", "wide"]
    assert "immense term" in outcome.refused["wide"]
    assert "[end]" in outcome.refused["late"]
    assert waits == []


def test_a_refused_entry_whose_name_speaks_of_a_breaker_is_refused_at_once(
    index: OpenSearchIndex, proxy: HttpProxy, waits: Waits
) -> None:
    reason = "immense term in [runbooks/circuit-breaker-runbook.md]"
    proxy.fault(RefusedItems(ids("03"), 400, "illegal_argument_exception", reason), on=bulk)
    outcome = index.write("g", MADE)
    assert (outcome.written, list(outcome.refused)) == (19, ["03"])
    assert waits == []


@pytest.mark.parametrize("bad", [("03",), ("03", "04", "17"), tuple(IDS[1:])], ids=["one", "some", "all but one"])
def test_entries_that_the_engine_always_fails_at_are_refused_and_the_rest_is_written(
    index: OpenSearchIndex, proxy: HttpProxy, waits: Waits, bad: tuple[str, ...]
) -> None:
    proxy.fault(RefusedItems(ids(*bad), 500, "null_pointer_exception", "at this one"), on=bulk)
    outcome = index.write("g", MADE)
    assert (outcome.written, sorted(outcome.refused)) == (20 - len(bad), sorted(bad))
    assert "at this one" in outcome.refused["03"]
    assert [each.id for each in index.entries("g")] == [id for id in IDS if id not in bad]
    assert sum(waits) <= sum(WAITS) + WAITS[0]


@pytest.mark.parametrize("status", [429, 503])
def test_entries_without_room_or_shard_are_not_refused_though_others_were_taken(
    index: OpenSearchIndex, proxy: HttpProxy, status: int
) -> None:
    proxy.fault(RefusedItems(ids("03"), status, "unavailable_shards_exception", "wait"), on=bulk)
    with pytest.raises(StoreUnavailable, match="1 entries were not taken, 19 were"):
        index.write("g", MADE)


def test_an_engine_that_fails_at_everything_after_a_while_refuses_nothing(
    index: OpenSearchIndex, proxy: HttpProxy
) -> None:
    asked: list[int] = []

    def worse(number: int, item: object) -> bool:
        asked.append(number)
        return len(asked) > 10

    proxy.fault(RefusedItems(worse, 500, "io_exception", "disk"), on=bulk)
    with pytest.raises(StoreUnavailable, match="10 entries were not taken, 10 were"):
        index.write("g", MADE)


@pytest.mark.usefixtures("opensearch_node")  # marks it, and skips it, as the others
def test_the_engines_own_tripped_breaker_is_recognised(index_prefix: str) -> None:
    with node_of_its_own() as node:
        client = OpenSearch(hosts=[node.url], timeout=60)

        def tripped(open: bool) -> None:
            client.cluster.put_settings(body={"transient": {"knn.circuit_breaker.triggered": open}})

        slept: list[float] = []

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            tripped(False)

        index = opened(node.url, index_prefix, sleep=sleep)
        index.create("g", DIMENSION)
        tripped(True)
        outcome = index.write("g", MADE)
        assert (outcome.written, outcome.refused) == (20, {})
        assert slept == [WAITS[0]]
        client.close()
        index.close()


@pytest.mark.parametrize(
    "fault", [HalfBulk(7), HalfBulk(0), LostAnswer()], ids=["half applied", "not applied", "applied and not answered"]
)
def test_a_write_whose_answer_is_lost_is_sent_again_and_leaves_each_entry_once(
    index: OpenSearchIndex, proxy: HttpProxy, fault: Any
) -> None:
    proxy.fault(fault, on=bulk, times=1)
    assert index.write("g", MADE).written == 20
    assert stored(index) == [exactly(each) for each in MADE]
    assert index.count("g") == 20


def test_a_write_that_is_half_applied_each_time_is_unavailable_and_the_next_one_completes(
    index: OpenSearchIndex, proxy: HttpProxy
) -> None:
    proxy.fault(HalfBulk(7), on=bulk)
    with pytest.raises(StoreUnavailable, match="write to g"):
        index.write("g", MADE)
    proxy.heal()
    assert [each.id for each in index.entries("g")] == IDS[:7]
    assert index.write("g", MADE).written == 20
    assert stored(index) == [exactly(each) for each in MADE]


def test_a_connection_that_is_cut_in_the_middle_of_a_write_is_made_anew(
    opensearch_node: Server, index_prefix: str, waits: Waits
) -> None:
    with Proxy(opensearch_node.host, opensearch_node.port) as wire:
        index = hurried(wire.url, index_prefix, waits)
        index.create("g", DIMENSION)
        wire.fault(Cut(sent=2000), times=1)
        assert index.write("g", MADE).written == 20
        assert wire.fired == 1
        assert stored(index) == [exactly(each) for each in MADE]
        index.close()


def test_deletions_are_counted_once_and_those_pushed_back_are_sent_again(
    index: OpenSearchIndex, proxy: HttpProxy
) -> None:
    index.write("g", MADE)
    proxy.fault(RefusedItems(ids("03", "04")), on=bulk, times=1)
    assert index.delete("g", ["03", "04", "05", "05", "never there", "\ud83d"]) == 3
    assert [each.id for each in index.entries("g")] == [*IDS[:3], *IDS[6:]]


def test_a_write_to_an_index_that_was_dropped_meanwhile_makes_none(
    index: OpenSearchIndex, proxy: HttpProxy, opensearch_node: Server, index_prefix: str
) -> None:
    other = opened(opensearch_node.url, index_prefix)

    def dropped_first(request: Any, forward: Callable[[Any], Any]) -> Any:
        other.drop("g")
        return forward(request)

    proxy.fault(dropped_first, on=bulk, times=1)
    with pytest.raises(StoreUnavailable, match="index of that name"):
        index.write("g", MADE)
    client = OpenSearch(hosts=[opensearch_node.url], timeout=30)
    assert client.indices.get(index=f"{index_prefix}*") == {}
    client.close()
    other.close()


def test_an_index_made_anew_with_another_dimension_refuses_the_old_vectors(
    index: OpenSearchIndex, opensearch_node: Server, index_prefix: str
) -> None:
    other = opened(opensearch_node.url, index_prefix)
    index.write("g", MADE)
    index.refresh("g")
    assert len(index.search_vector("g", direction("q"), 5, EVERYTHING)) == 5
    other.drop("g")
    other.create("g", 3)
    with pytest.raises(FingerprintMismatch, match="dimension 3; got dimension 8"):
        index.write("g", MADE)
    assert other.count("g") == 0
    with pytest.raises(FingerprintMismatch, match="dimension 3; got dimension 8"):
        index.search_vector("g", direction("q"), 5, EVERYTHING)
    other.close()


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("read_only_allow_delete", "free disk space"),
        ("write", "took writes"),
        ("read_only", "made the index read-only"),
    ],
)
def test_a_blocked_index_takes_no_writes_says_how_the_block_goes_and_loses_nothing(
    index: OpenSearchIndex, opensearch_node: Server, index_prefix: str, waits: Waits, block: str, said: str
) -> None:
    index.write("g", MADE[:5])
    client = OpenSearch(hosts=[opensearch_node.url], timeout=30)
    setting = f"index.blocks.{block}"
    client.indices.put_settings(index=f"{index_prefix}-g", body={setting: True})
    with pytest.raises(StoreUnavailable, match="block") as refused:
        index.write("g", MADE)
    assert said in refused.value.next_step
    assert f'PUT {index_prefix}-g/_settings {{"{setting}": null}}' in refused.value.next_step
    assert waits == []
    assert [each.id for each in index.entries("g")] == IDS[:5]
    client.indices.put_settings(index=f"{index_prefix}-g", body={setting: None})
    assert index.write("g", MADE).written == 20
    client.close()


def test_a_user_who_may_not_write_is_told_which_right_is_missing(index: OpenSearchIndex, proxy: HttpProxy) -> None:
    reason = "no permissions for [indices:data/write/bulk[s]] and User [name=reader]"
    proxy.fault(RefusedItems(status=403, error="security_exception", reason=reason), on=bulk)
    with pytest.raises(ConfigurationError, match="indices:data/write/bulk") as refused:
        index.write("g", MADE)
    assert "role" in refused.value.next_step


def test_a_server_that_never_answers_costs_seconds(opensearch_node: Server, index_prefix: str, waits: Waits) -> None:
    with Proxy(opensearch_node.host, opensearch_node.port) as wire:
        index = hurried(wire.url, index_prefix, waits, timeout=10)
        index.create("g", DIMENSION)
        impatient = hurried(wire.url, index_prefix, waits, timeout=0.2)
        wire.fault(BlackHole())
        for doing in (lambda: impatient.count("g"), lambda: impatient.search_text("g", "words", 5, EVERYTHING)):
            with pytest.raises(StoreUnavailable, match=r"opensearch\.timeout"):
                doing()
        assert waits == []
        wire.heal()
        assert index.count("g") == 0
        index.close()
        impatient.close()


def test_large_batches_are_sent_in_requests_of_bounded_size(index: OpenSearchIndex, proxy: HttpProxy) -> None:
    outcome = index.write("g", [entry(f"{n:04}", "long text " * 3000) for n in range(600)])
    assert outcome.written == 600
    sizes = [len(request.body) for request in proxy.requests(bulk)]
    assert max(sizes) <= 5_000_000
    assert len(sizes) >= 8
    assert all(json.loads(request.body.split(b"\n", 1)[0]) for request in proxy.requests(bulk))
