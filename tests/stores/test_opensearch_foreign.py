"""Indexes and aliases of somebody else, and ones that somebody changed: each is said, nothing is overwritten."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opensearchpy import OpenSearch

from kintsugi.errors import ConfigurationError, FingerprintMismatch
from kintsugi.stores.opensearch import OpenSearchIndex, mapping
from tests.engines.servers import Server
from tests.stores.entries import DIMENSION, entry
from tests.stores.opensearch_handles import opened
from tests.stores.search_index_contract import ON_AN_INDEX


@pytest.fixture
def index(opensearch_node: Server, index_prefix: str) -> Iterator[OpenSearchIndex]:
    made = opened(opensearch_node.url, index_prefix)
    yield made
    made.close()


def foreign(node: OpenSearch, real: str, **changes: Any) -> dict[str, Any]:
    """Make an index that isn't the platform's, with one document; return its mapping."""
    node.indices.create(index=real, body={"mappings": changes.get("mappings", {})})
    node.index(index=real, id="theirs", body=changes.get("document", {"their": "own"}), params={"refresh": "true"})
    return dict(node.indices.get_mapping(index=real))


@pytest.mark.parametrize(
    "doing",
    [lambda index, name: index.create(name, DIMENSION), lambda index, name: index.drop(name), *ON_AN_INDEX.values()],
    ids=["create", "drop", *ON_AN_INDEX],
)
def test_an_index_of_somebody_else_is_refused_and_left_as_it_is(
    index: OpenSearchIndex, node: OpenSearch, index_prefix: str, doing: Callable[[OpenSearchIndex, str], Any]
) -> None:
    real = f"{index_prefix}-g"
    before = foreign(node, real)
    with pytest.raises(ConfigurationError, match="somebody else") as refused:
        doing(index, "g")
    assert "opensearch.prefix" in refused.value.next_step
    assert node.indices.get_mapping(index=real) == before
    assert node.count(index=real)["count"] == 1
    assert index.names() == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda made: made["properties"].pop("trust"), "trust is missing instead of keyword"),
        (lambda made: made["properties"].update(bucket={"type": "keyword"}), "bucket is keyword instead of integer"),
        (lambda made: made["properties"].update(more={"type": "keyword"}), "more is keyword instead of missing"),
        (lambda made: made.update(dynamic="true"), "dynamic: true"),
        (lambda made: made["_meta"]["kintsugi"].update(mapping=99), "mapping 99"),
        (
            lambda made: made["_meta"]["kintsugi"].update(dimension=9),
            "dimension 8 instead of knn_vector of dimension 9",
        ),
    ],
)
def test_an_index_whose_mapping_was_changed_is_refused(
    index: OpenSearchIndex, node: OpenSearch, index_prefix: str, change: Callable[[Any], Any], said: str
) -> None:
    body = mapping.body(index_prefix, DIMENSION, mapping.Design())
    change(body["mappings"])
    node.indices.create(index=f"{index_prefix}-g", body=body)
    for doing in (lambda: index.create("g", DIMENSION), lambda: index.write("g", [entry("a")])):
        with pytest.raises(ConfigurationError) as refused:
            doing()
        assert said in refused.value.got
        assert "kintsugi index rebuild" in refused.value.next_step
    assert node.count(index=f"{index_prefix}-g")["count"] == 0
    index.drop("g")
    index.create("g", DIMENSION)
    assert index.write("g", [entry("a")]).written == 1, "what a rebuild does"


def test_an_index_of_another_dimension_is_another_embeddings(index: OpenSearchIndex) -> None:
    index.create("g", DIMENSION)
    with pytest.raises(FingerprintMismatch):
        index.create("g", 9)


def test_an_alias_where_an_index_should_be_is_refused(
    index: OpenSearchIndex, node: OpenSearch, index_prefix: str
) -> None:
    index.create("g", DIMENSION)
    node.indices.put_alias(index=f"{index_prefix}-g", name=f"{index_prefix}-h")
    for doing in (lambda: index.write("h", [entry("a")]), lambda: index.drop("h"), lambda: index.count("h")):
        with pytest.raises(ConfigurationError, match=f"alias of {index_prefix}-g"):
            doing()
    assert index.count("g") == 0


@pytest.mark.parametrize(
    "doing",
    [
        lambda index: index.describe(),
        lambda index: index.create("h", DIMENSION),
        lambda index: index.serve("g"),
    ],
    ids=["describe", "create", "serve"],
)
def test_an_index_where_the_alias_should_be_is_refused_and_left_as_it_is(
    index: OpenSearchIndex, node: OpenSearch, index_prefix: str, doing: Callable[[OpenSearchIndex], object]
) -> None:
    real = f"{index_prefix}-served"
    index.create("g", DIMENSION)
    before = foreign(node, real)
    with pytest.raises(ConfigurationError, match=f"{real} to be free") as refused:
        doing(index)
    assert "kintsugi migrate --to embedded --only index" in refused.value.next_step
    assert node.indices.get_mapping(index=real) == before
    assert index.names() == ["g"]


def test_an_alias_on_an_index_of_somebody_else_is_left_there(
    index: OpenSearchIndex, node: OpenSearch, index_prefix: str
) -> None:
    index.create("g", DIMENSION)
    foreign(node, f"{index_prefix}others")
    node.indices.put_alias(index=f"{index_prefix}others", name=f"{index_prefix}-served")
    for doing in (index.describe, lambda: index.create("h", DIMENSION), lambda: index.serve("g")):
        with pytest.raises(ConfigurationError, match=f"{index_prefix}others"):
            doing()
    assert list(node.indices.get_alias(name=f"{index_prefix}-served")) == [f"{index_prefix}others"]
    assert index.names() == ["g"]


def test_an_alias_on_an_index_of_ones_own_is_fine(index: OpenSearchIndex) -> None:
    index.create("g", DIMENSION)
    index.serve("g")
    index.create("h", DIMENSION)
    assert index.describe().engine == "OpenSearch"
