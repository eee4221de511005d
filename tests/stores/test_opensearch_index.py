"""The contract on a real OpenSearch node, and what only this engine has: the alias, the graph, forks and threads."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from opensearchpy import OpenSearch

from kintsugi.errors import ConfigurationError, StoreUnavailable, TerminalError
from kintsugi.settings import OpenSearchSettings
from kintsugi.stores.opensearch import OpenSearchIndex, sizes
from kintsugi.stores.opensearch.client import connect
from kintsugi.stores.search import Scope, SearchIndex
from tests.engines.servers import Server
from tests.stores.entries import DIMENSION, EVERYTHING, direction, entry, nearest
from tests.stores.opensearch_handles import opened
from tests.stores.search_index_contract import ON_AN_INDEX, SearchIndexContract


@pytest.fixture
def reopen(opensearch_node: Server, index_prefix: str) -> Callable[[], SearchIndex]:
    return partial(opened, opensearch_node.url, index_prefix)


@pytest.fixture
def index(reopen: Callable[[], OpenSearchIndex]) -> Iterator[OpenSearchIndex]:
    made = reopen()
    yield made
    made.close()


@pytest.fixture
def index_again(reopen: Callable[[], OpenSearchIndex]) -> Iterator[OpenSearchIndex]:
    made = reopen()
    yield made
    made.close()


class TestOpenSearchIndex(SearchIndexContract):
    """OpenSearch keeps the contract."""


@pytest.fixture
def node(opensearch_node: Server) -> Iterator[OpenSearch]:
    client = OpenSearch(hosts=[opensearch_node.url], timeout=30)
    yield client
    client.close()


def holders(node: OpenSearch, prefix: str) -> list[str]:
    return sorted(node.indices.get_alias(name=f"{prefix}-served"))


def test_the_alias_names_the_served_index_and_no_other(
    index: OpenSearchIndex, node: OpenSearch, index_prefix: str
) -> None:
    for name in ("g1", "g2"):
        index.create(name, DIMENSION)
        index.serve(name)
        index.serve(name)
        assert holders(node, index_prefix) == [f"{index_prefix}-{name}"]
    index.serve("g1")
    assert holders(node, index_prefix) == [f"{index_prefix}-g1"]
    with pytest.raises(StoreUnavailable, match="never-there"):
        index.serve("never-there")
    assert holders(node, index_prefix) == [f"{index_prefix}-g1"]
    assert index.names() == ["g1", "g2"]


def test_an_alias_that_two_indexes_have_is_left_with_the_served_one(
    index: OpenSearchIndex, node: OpenSearch, index_prefix: str
) -> None:
    for name in ("g1", "g2", "g3"):
        index.create(name, DIMENSION)
        node.indices.put_alias(index=f"{index_prefix}-{name}", name=f"{index_prefix}-served")
    index.serve("g2")
    assert holders(node, index_prefix) == [f"{index_prefix}-g2"]


def test_readers_of_the_alias_see_one_generation_or_the_other_while_it_moves(
    index: OpenSearchIndex, reopen: Callable[[], OpenSearchIndex], node: OpenSearch, index_prefix: str
) -> None:
    for name in ("g1", "g2"):
        index.create(name, DIMENSION)
    index.serve("g1")
    with ThreadPoolExecutor(2) as threads:
        movers = [threads.submit(move, reopen, turn) for turn in (("g1", "g2"), ("g2", "g1"))]
        seen = {tuple(holders(node, index_prefix)) for _ in range(40)}
        assert all(mover.result() for mover in movers)
    assert seen <= {(f"{index_prefix}-g1",), (f"{index_prefix}-g2",)}


def move(reopen: Callable[[], OpenSearchIndex], names: tuple[str, str]) -> bool:
    """Serve the names in turn; a lost race is tried again by whoever publishes."""
    mine = reopen()
    for name in names * 6:
        mine.serve(name)
    mine.close()
    return True


@pytest.mark.parametrize("doing", ON_AN_INDEX.values(), ids=ON_AN_INDEX.keys())
def test_the_name_of_the_alias_is_no_index(index: OpenSearchIndex, doing: Callable[[SearchIndex, str], object]) -> None:
    index.create("g", DIMENSION)
    index.serve("g")
    with pytest.raises(ConfigurationError):
        index.create("served", DIMENSION)
    with pytest.raises(StoreUnavailable):
        doing(index, "served")
    index.drop("served")
    assert index.names() == ["g"]


def test_installations_with_prefixes_that_begin_alike_do_not_see_each_other(
    opensearch_node: Server, index_prefix: str
) -> None:
    short, long = opened(opensearch_node.url, index_prefix), opened(opensearch_node.url, f"{index_prefix}-eu")
    long.create("g", DIMENSION)
    long.write("g", [entry("theirs")])
    assert short.names() == []
    for doing in (
        lambda: short.create("eu-g", DIMENSION),
        lambda: short.drop("eu-g"),
        lambda: short.write("eu-g", [entry("mine")]),
    ):
        with pytest.raises(ConfigurationError, match="somebody else"):
            doing()
    assert [each.id for each in long.entries("g")] == ["theirs"]


def test_a_large_index_is_searched_by_its_graph_and_still_finds_the_nearest(
    index: OpenSearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "COMPARED", 100)
    made = [entry(f"{n:04}", vector=direction(n, dimension=16), source=f"s{n % 3}") for n in range(2000)]
    index.create("g", 16)
    index.write("g", made)
    index.refresh("g")
    right = 0
    for n in range(20):
        wanted = direction("query", n, dimension=16)
        hits = index.search_vector("g", wanted, 10, EVERYTHING)
        right += len({hit.id for hit in hits} & set(nearest(made, wanted, 10)))
        best = next(each for each in made if each.id == hits[0].id)
        assert hits[0].score == pytest.approx(float(best.vector @ wanted), abs=1e-5)
    assert right >= 198
    scope = Scope(principals=None, sources=("s1",))
    allowed = [each for each in made if each.source == "s1"]
    for k in (300, 600):
        found = [hit.id for hit in index.search_vector("g", direction("q", dimension=16), k, scope)]
        assert len(found) == k
        assert len(set(found) & set(nearest(allowed, direction("q", dimension=16), k))) >= 0.98 * k


def test_several_shards_answer_as_one(opensearch_node: Server, index_prefix: str) -> None:
    made = [entry(f"{n:03}", f"common {'rare' * (n == 7)} {'word ' * (n % 9)}") for n in range(120)]
    answers = []
    for name, shards in (("one", 1), ("three", 3)):
        with_shards = OpenSearchIndex(
            partial(connect, OpenSearchSettings(url=opensearch_node.url)),
            prefix=index_prefix,
            shards=shards,
            timeout=30,
        )
        with_shards.create(name, DIMENSION)
        with_shards.write(name, made)
        with_shards.refresh(name)
        answers.append(
            (
                with_shards.search_text(name, "common word", 50, EVERYTHING),
                with_shards.search_vector(name, direction("q"), 50, EVERYTHING),
                with_shards.digests(name),
                [each.id for each in with_shards.entries(name)],
                with_shards.delete(name, [each.id for each in made]),
            )
        )
        with_shards.close()
    assert answers[0] == answers[1]


def test_a_child_that_was_forked_after_use_has_a_client_of_its_own(index: OpenSearchIndex) -> None:
    index.create("g", DIMENSION)
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            os._exit(0 if index.write("g", [entry("child")]).written == 1 else 1)
        finally:
            os._exit(2)
    assert index.write("g", [entry("parent")]).written == 1
    assert os.waitpid(child, 0)[1] == 0
    assert [each.id for each in index.entries("g")] == ["child", "parent"]


def test_threads_share_an_index(index: OpenSearchIndex) -> None:
    index.create("g", DIMENSION)

    def use(n: int) -> int:
        index.write("g", [entry(f"{n % 20}", "brass lamp"), entry(f"own-{n}")])
        return len(list(index.entries("g", [f"own-{n}"])))

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(use, range(60))) == [1] * 60
    assert index.count("g") == 80


def test_a_closed_index_says_so(index: OpenSearchIndex) -> None:
    index.create("g", DIMENSION)
    index.close()
    index.close()
    for doing in ON_AN_INDEX.values():
        with pytest.raises(TerminalError, match="close"):
            doing(index, "g")


def test_the_engine_says_what_it_is_and_offers(index: OpenSearchIndex, opensearch_node: Server) -> None:
    report = index.describe()
    offered = {each.name: each for each in report.capabilities}
    assert (report.role, report.engine, report.where) == ("index", "OpenSearch", opensearch_node.url)
    assert report.version.startswith("2.19")
    assert offered["k-NN"].used
    assert offered["hybrid query"].present
    assert not offered["hybrid query"].used
    assert not offered["security"].present
    assert offered["point in time"].present
    assert "1024" in offered["clauses of a query"].detail
    assert all(each.present for each in report.capabilities if each.used)
