"""The HTTP proxy, between opensearch-py and the real node."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConnectionError, TransportError

from tests.engines.http_faults import (
    Answer,
    BreakerTripped,
    HalfBulk,
    LostAnswer,
    RefusedItems,
    Rewritten,
    TooLarge,
    ids,
)
from tests.engines.http_proxy import HttpProxy, bulk, path
from tests.engines.servers import Server


@pytest.fixture
def proxy(opensearch_node: Server) -> Iterator[HttpProxy]:
    with HttpProxy(opensearch_node.host, opensearch_node.port) as proxy:
        yield proxy


@pytest.fixture
def client(proxy: HttpProxy) -> Iterator[OpenSearch]:
    with OpenSearch([proxy.url], max_retries=0, timeout=30, http_compress=True) as client:
        yield client


@pytest.fixture
def index(client: OpenSearch, index_prefix: str) -> str:
    name = f"{index_prefix}-things"
    client.indices.create(index=name, body={"settings": {"number_of_replicas": 0}})
    return name


def write(client: OpenSearch, index: str, *names: str) -> dict[str, Any]:
    lines = [line for name in names for line in ({"index": {"_id": name}}, {"text": f"text of {name}"})]
    return client.bulk(index=index, body=lines, params={"refresh": "true"})


def stored(client: OpenSearch, index: str) -> list[str]:
    client.indices.refresh(index=index)
    return sorted(hit["_id"] for hit in client.search(index=index)["hits"]["hits"])


def outcomes(answer: dict[str, Any]) -> list[tuple[str, int]]:
    return [(outcome["_id"], outcome["status"]) for item in answer["items"] for outcome in item.values()]


def test_without_faults_a_client_notices_nothing(client, index) -> None:
    assert outcomes(write(client, index, "a", "b")) == [("a", 201), ("b", 201)]
    assert stored(client, index) == ["a", "b"]
    assert client.indices.exists(index=index)
    assert not client.indices.exists(index=f"{index}-other")


def test_refused_items_stand_in_their_place_and_never_reach_the_server(client, index, proxy) -> None:
    proxy.fault(RefusedItems(ids("b", "c")), on=bulk, times=1)
    answer = write(client, index, "a", "b", "c", "d")
    assert answer["errors"] is True
    assert outcomes(answer) == [("a", 201), ("b", 429), ("c", 429), ("d", 201)]
    assert stored(client, index) == ["a", "d"]
    assert outcomes(write(client, index, "b", "c")) == [("b", 201), ("c", 201)]


def test_a_request_with_nothing_but_refused_items_is_not_sent(client, index, proxy) -> None:
    proxy.fault(RefusedItems(), on=bulk)
    assert outcomes(write(client, index, "a")) == [("a", 429)]
    assert stored(client, index) == []


def test_a_half_applied_bulk_leaves_its_first_items_and_no_answer(client, index, proxy) -> None:
    proxy.fault(HalfBulk(2), on=bulk, times=1)
    with pytest.raises(ConnectionError):
        write(client, index, "a", "b", "c")
    assert stored(client, index) == ["a", "b"]


def test_a_lost_answer_is_of_work_that_was_done(client, index, proxy) -> None:
    proxy.fault(LostAnswer(), on=bulk, times=1)
    with pytest.raises(ConnectionError):
        write(client, index, "a")
    assert stored(client, index) == ["a"]


@pytest.mark.parametrize("status", [429, 503])
def test_an_overloaded_server_recovers_after_some_answers(client, index, proxy, status: int) -> None:
    proxy.fault(Answer(status), on=bulk, times=2)
    for _ in range(2):
        with pytest.raises(TransportError) as refused:
            write(client, index, "a")
        assert refused.value.status_code == status
    write(client, index, "a")
    assert len(proxy.requests(bulk)) == 3


def test_only_bodies_above_the_limit_are_too_large(client, index, proxy) -> None:
    proxy.fault(TooLarge(150), on=bulk)
    with pytest.raises(TransportError) as refused:
        write(client, index, "a", "b", "c", "d")
    assert refused.value.status_code == 413
    write(client, index, "a", "b")
    assert stored(client, index) == ["a", "b"]


def test_a_tripped_breaker_looks_like_a_wrong_mapping_except_in_the_statistics(client, index, proxy) -> None:
    proxy.fault(BreakerTripped())
    failed = write(client, index, "a")["items"][0]["index"]
    assert (failed["status"], failed["error"]["type"]) == (400, "mapper_parsing_exception")
    assert failed["error"]["caused_by"]["type"] == "knn_circuit_breaker_exception"
    assert client.transport.perform_request("GET", "/_plugins/_knn/stats")["circuit_breaker_triggered"] is True
    proxy.heal()
    assert client.transport.perform_request("GET", "/_plugins/_knn/stats")["circuit_breaker_triggered"] is False


def test_an_answer_can_be_rewritten(client, proxy) -> None:
    def old(said: dict[str, Any]) -> dict[str, Any]:
        return {**said, "version": {**said["version"], "number": "1.0.0"}}

    proxy.fault(Rewritten(old), on=path("/"))
    assert client.info()["version"]["number"] == "1.0.0"


def test_the_proxy_remembers_what_was_asked(client, index, proxy) -> None:
    proxy.forget()
    write(client, index, "a", "b")
    (request,) = proxy.requests(bulk)
    assert [item.id for item in request.items] == ["a", "b"]
    assert json.loads(request.items[0].lines.splitlines()[1]) == {"text": "text of a"}
